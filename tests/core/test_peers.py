"""Whoever comes from another tool finds its sources here, by the names that it gives them."""

from __future__ import annotations

import pytest

from hookproof import get_provider
from hookproof.errors import UnknownProvider

# Names out of Hookdeck's API, ngrok's verify-webhook, Svix Ingest, trigger.dev and tern, in 2026.
PEERS = """
adobe-sign adyen aftership aiprise airship airtable airwallex akeneo alchemy alipay asana attio
autodesk aws-sns beehiiv bigcommerce bitbucket bolt box brex bridge-api bridge-xyz buildkite
cal-com calendly castle chargebee-billing chargify checkbook circle circleci clearbit clerk clio
coinbase commercelayer contentful courier cursor customerio discord docusign dodopayments doppler
dropbox easypost ebay elevenlabs enode exact-online facebook facebook-graph-api facebook-messenger
falai fastspring faundit favro fireblocks flexport frameio frontapp fusionauth github gitlab go1
gocardless grafana graphcms guesty heroku hookdeck-outpost hubspot incident-io instagram intercom
jira launch-darkly lemonsqueezy linear linkedin lithic mailchimp mailgun meraki meta
microsoft-teams modern-treasury monday mongodb mux nango nash nmi notion nuvemshop nylas okta
open-ai openai openclaw orb oura paddle pagerduty panda-doc paypal paypro-global persona picqer
pinwheel pipedrive pleo plivo polar port-io postmark praxis property-finder psi-fi pusher pylon
quoter razorpay recharge recurly render replicate replicateai resend retell ring-central rutter
safebase sanity sardine segment sendgrid sentry shopify shopline signal-sciences slack smartcar
smile sns solidgate sonatype square standardwebhooks strava stripe stych svix synctera tailscale
tally tebex telnyx terraform tiktok tiktok-shop tokenio treezor trello trendmicro-conformity
twilio twitch twitter typeform upollo usps utila vapi vercel vercel-log-drains veriff vmware webex
whatsapp wix woocommerce workos worldline xero zendesk zerohash zoom
"""
# No page, library or receiver's code was found that says how these sign; orbit and hostedhooks
# have ended.
NOT_ESTABLISHED = (
    "ascend",
    "bondsmith",
    "cloudsignal",
    "ethoca",
    "fiserv",
    "hostedhooks",
    "orbit",
    "orum-io",
    "portal",
    "repay",
    "three-d-eye",
    "vgs",
    "zift",
)


@pytest.mark.parametrize("name", PEERS.split())
def test_the_sources_of_other_tools_are_known_here(name: str) -> None:
    assert get_provider(name).schemes


@pytest.mark.parametrize("name", NOT_ESTABLISHED)
def test_what_cannot_be_established_is_left_out(name: str) -> None:
    with pytest.raises(UnknownProvider):
        get_provider(name)
