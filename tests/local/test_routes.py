import pytest

from hookproof.local.routes import Route, Routes

SOURCE, TENANT = "/webhooks/{source}", "/webhooks/{source}/{tenant}"


@pytest.fixture
def routes() -> Routes:
    return Routes([("ANY", SOURCE), ("ANY", TENANT), ("GET", "/webhooks/health")])


def test_variables_hold_what_the_path_says_decoded(routes: Routes) -> None:
    found = routes.find("POST", "/webhooks/stripe%2F/acme")
    expected = Route(
        method="ANY", resource=TENANT, parameters={"source": "stripe/", "tenant": "acme"}
    )
    assert found == expected


def test_a_literal_path_comes_before_a_variable(routes: Routes) -> None:
    found = routes.find("GET", "/webhooks/health")
    assert found is not None
    assert found.key == "GET /webhooks/health"
    other = routes.find("POST", "/webhooks/health")
    assert other is not None
    assert other.resource == SOURCE


@pytest.mark.parametrize(
    "path", ["/", "/webhooks", "/webhooks/", "/a/b", "/webhooks/a/b/c", "/webhooks/a/"]
)
def test_other_paths_have_no_route(routes: Routes, path: str) -> None:
    assert routes.find("POST", path) is None


def test_routes_come_from_the_api_of_the_stack() -> None:
    body: dict[str, object] = {
        "paths": {"/a": {"post": {}}, "/b": {"x-amazon-apigateway-any-method": {}}}
    }
    resources = {
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": body}},
        "Queue": {"Type": "AWS::SQS::Queue"},
    }
    assert set(Routes.of(resources)) == {("POST", "/a"), ("ANY", "/b")}


def test_a_default_route_takes_everything() -> None:
    found = Routes([("ANY", "$default")]).find("PUT", "/anything/at/all")
    assert found is not None
    assert found.key == "$default"
