"""Which layers a request brings, and which folders can be layers at all."""

from __future__ import annotations

from projects import codes, decide, facts, loaded, rule_names, shown

BASE = """
decision: d
outcome: {answer: {type: string}}
rules: []
default: {answer: base}
"""


def overlay(answer: str) -> str:
    return f"decision: d\nrules:\n  - {{rule: {answer}, then: {{answer: {answer}}}}}\n"


STACK = {
    "base/d.yaml": BASE,
    "region/eu/d.yaml": overlay("eu"),
    "region/eu/de/d.yaml": overlay("de"),
    "customer/vip/d.yaml": overlay("vip"),
    "region/eu/customer/vip/d.yaml": overlay("eu_vip"),
}


def test_a_value_with_a_slash_brings_the_general_folder_and_then_the_special_one() -> None:
    answer = decide(STACK, facts(region="eu/de"))
    assert answer.layers == ("base", "region/eu", "region/eu/de")
    assert rule_names(answer) == ["de"]


def test_the_order_in_the_project_file_decides_which_layer_wins() -> None:
    answer = decide(STACK, facts(region="eu/de", customer={"type": "vip"}))
    assert answer.layers == ("base", "region/eu", "region/eu/de", "customer/vip", "region/eu/customer/vip")
    assert rule_names(answer) == ["eu_vip"]


def test_a_value_without_a_folder_brings_no_layer() -> None:
    answer = decide(STACK, facts(region="us"))
    assert answer.layers == ("base",)
    assert rule_names(answer) == ["default"]


def test_the_first_of_two_slashed_dimensions_runs_outermost() -> None:
    project = """
    project: shop
    facts: facts.yaml
    layers: ["base", "{order.region}/{customer.home}"]
    """
    schema = """
    type: object
    required: [order, customer]
    properties:
      order: {type: object, required: [region], properties: {region: {enum: [a/b]}}}
      customer: {type: object, required: [home], properties: {home: {enum: [c/d]}}}
    """
    files = {
        "rulesflow.yaml": project,
        "facts.yaml": schema,
        "base/d.yaml": BASE,
        **{
            f"{folder}/d.yaml": overlay(f"at_{i}")
            for i, folder in enumerate(("a/c", "a/c/d", "a/b/c", "a/b/c/d"))
        },
    }
    answer = decide(files, {"order": {"region": "a/b"}, "customer": {"home": "c/d"}})
    assert answer.layers == ("base", "a/c", "a/c/d", "a/b/c", "a/b/c/d")


def test_an_absent_dimension_brings_no_layer() -> None:
    files = {
        "rulesflow.yaml": "project: shop\nfacts: facts.yaml\nlayers: [base, 'channel/{order.channel}']\n",
        "base/d.yaml": BASE,
        "channel/app/d.yaml": overlay("app"),
    }
    assert decide(files).layers == ("base",)
    assert decide(files, facts(channel="app")).layers == ("base", "channel/app")


def test_a_folder_that_no_layer_can_reach_is_an_error() -> None:
    result = loaded({"base/d.yaml": BASE, "regions/eu/d.yaml": overlay("eu")})
    assert "regions/eu/d.yaml:1:1 RF310 no layer can reach the folder regions/eu/" in shown(result)


def test_a_region_folder_that_is_no_value_of_the_schema_is_an_error_that_names_the_values() -> None:
    result = loaded({"base/d.yaml": BASE, "region/uk/d.yaml": overlay("uk")})
    assert "RF310 no layer can reach the folder region/uk/" in shown(result)
    assert "eu, eu/de, eu/fr, us" in shown(result)


def test_a_folder_that_two_patterns_claim_is_an_error() -> None:
    project = """
    project: shop
    facts: facts.yaml
    layers: ["base", "region/{order.region}", "region/us"]
    """
    assert "RF311" in codes(
        {"rulesflow.yaml": project, "base/d.yaml": BASE, "region/us/d.yaml": overlay("us")}
    )


def test_a_dimension_must_have_a_fixed_set_of_values() -> None:
    project = "project: shop\nfacts: facts.yaml\nlayers: [base, 'home/{customer.home}']\n"
    assert codes({"rulesflow.yaml": project, "base/d.yaml": BASE}) == ["RF312"]


def test_an_unknown_dimension_is_named_with_the_nearest_fact() -> None:
    project = "project: shop\nfacts: facts.yaml\nlayers: [base, 'region/{order.regoin}']\n"
    text = shown(loaded({"rulesflow.yaml": project, "base/d.yaml": BASE}))
    assert "rulesflow.yaml:3:25 RF203 unknown field order.regoin; did you mean order.region?" in text


def test_a_file_that_stands_in_no_layer_is_an_error() -> None:
    assert codes({"base/d.yaml": BASE, "d.yaml": BASE}) == ["RF318"]


def test_folders_of_workflows_and_patterns_are_no_layers() -> None:
    assert codes({"base/d.yaml": BASE, "workflows/order.yaml": "x: 1", "patterns/p.yaml": "x: 1"}) == []


def test_digest_changes_with_what_decides_and_with_nothing_else() -> None:
    def digest(overrides: dict[str, str | bytes]) -> str:
        ruleset = loaded(overrides).ruleset
        assert ruleset is not None
        return ruleset.digest

    plain = digest({"base/d.yaml": BASE})
    assert digest({"base/d.yaml": b"\xef\xbb\xbf" + BASE.lstrip().replace("\n", "\r\n").encode()}) == plain
    assert digest({"base/d.yaml": BASE.replace("base}", "other}")}) != plain
    cases = "decision: d\ncases: []\n"
    assert digest({"base/d.yaml": BASE, "base/d.cases.yaml": cases}) == plain


def test_a_layer_implies_another_where_the_values_leave_no_choice() -> None:
    schema = "type: object\nrequired: [a]\nproperties: {a: {enum: [x/y]}}\n"
    files = {
        "rulesflow.yaml": "project: shop\nfacts: facts.yaml\nlayers: [base, 'c/{a}', 'e/{a}']\n",
        "facts.yaml": schema,
        "base/d.yaml": BASE,
        "c/x/y/d.yaml": overlay("special"),
        "e/x/d.yaml": "decision: d\ndisable: [special]\n",
    }
    assert codes(files) == []
    assert "RF302" in codes({**files, "facts.yaml": schema.replace("[x/y]", "[x/y, x/z]")})
