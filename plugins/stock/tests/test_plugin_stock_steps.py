"""The steps on SQLite and on PostgreSQL: what they take, that they take it once, and never too much."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal
from importlib.metadata import entry_points
from multiprocessing import get_context
from typing import Any

import pytest
import rulesflow_stock
from stocking import Stock, fails, shuffle, take

from rulesflow import ErrorClass, StepError

Where = dict[str, Any]


def test_rulesflow_finds_the_plugin_by_its_entry_point() -> None:
    (entry,) = entry_points(group="rulesflow", name="stock")
    assert entry.load() is rulesflow_stock


def test_lines_of_one_article_add_up_and_other_fields_are_ignored(stock: Stock) -> None:
    reserved = stock.reserve("r/1", ("MUG", 2), ("CAP", 1), ("MUG", 3), price=5)
    assert reserved == {"reservation_id": "r/1", "quantity": 6}
    assert stock.on_hand() == {"MUG": 95, "CAP": 99}


@pytest.mark.parametrize(
    ("given", "taken"), [({}, 1), ({"quantity": 4}, 4), ({"quantity": Decimal("4.0")}, 4)]
)
def test_a_single_article_may_be_named_without_lines(stock: Stock, given: dict[str, Any], taken: int) -> None:
    reserved = stock.call("reserve", "r/1", {"sku": "MUG", **given})
    assert reserved == {"reservation_id": "r/1", "quantity": taken}
    assert stock.on_hand() == {"MUG": 100 - taken}


@pytest.mark.parametrize("verb", ["reserve", "restock"])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"quantity": 1},
        {"sku": "MUG", "lines": []},
        {"quantity": 1, "lines": [{"sku": "MUG", "quantity": 1}]},
    ],
)
def test_goods_in_both_forms_or_in_none_are_our_mistake(
    stock: Stock, verb: str, given: dict[str, Any]
) -> None:
    with fails(ErrorClass.INVALID, "invalid") as caught:
        stock.call(verb, "r/1", given)
    assert caught.value.message == f"stock.{verb} needs either lines, or sku and perhaps quantity"


def test_a_key_called_again_takes_nothing_more(stock: Stock) -> None:
    assert stock.reserve("r/1", ("MUG", 2)) == stock.reserve("r/1", ("MUG", 2))
    assert stock.on_hand() == {"MUG": 98}


def test_one_line_too_many_takes_no_line(where: Where) -> None:
    stock = Stock(where, initial=3)
    stock.reserve("r/0", ("MUG", 1), ("CAP", 1))
    with fails(ErrorClass.REJECTED, "out-of-stock") as caught:
        stock.reserve("r/1", ("CAP", 2), ("MUG", 3))
    assert caught.value.message == "3 of MUG are wanted, 2 are left"
    assert stock.on_hand() == {"MUG": 2, "CAP": 2}
    assert stock.rows("SELECT key FROM reservation") == [("r/0",)]
    stock.close()


def test_a_key_that_found_nothing_may_be_tried_again_after_a_delivery(where: Where) -> None:
    stock = Stock(where, initial=0)
    with fails(ErrorClass.REJECTED, "out-of-stock"):
        stock.reserve("r/1", ("MUG", 2))
    stock.call("restock", "d/1", {"sku": "MUG", "quantity": 5})
    stock.reserve("r/1", ("MUG", 2))
    assert stock.on_hand() == {"MUG": 3}
    stock.close()


def test_without_an_initial_stock_an_unknown_article_is_out_of_stock(where: Where) -> None:
    stock = Stock(where, initial=0)
    with fails(ErrorClass.REJECTED, "out-of-stock"):
        stock.reserve("r/1", ("MUG", 1))
    stock.close()


def test_release_gives_back_once(stock: Stock) -> None:
    stock.reserve("r/1", ("MUG", 2), ("CAP", 1))
    assert [stock.release("r/1"), stock.release("r/1")] == [{"released": 3}, {"released": 0}]
    assert stock.on_hand() == {"MUG": 100, "CAP": 100}


def test_a_reservation_that_comes_after_its_release_is_not_made(stock: Stock) -> None:
    assert stock.release("r/1") == {"released": 0}
    with fails(ErrorClass.CONFLICT, "released"):
        stock.reserve("r/1", ("MUG", 2))
    assert stock.on_hand() == {}


def test_a_reservation_that_was_given_back_is_not_made_again(stock: Stock) -> None:
    stock.reserve("r/1", ("MUG", 2))
    stock.release("r/1")
    with fails(ErrorClass.CONFLICT, "released"):
        stock.reserve("r/1", ("MUG", 2))
    assert stock.on_hand() == {"MUG": 100}


def test_a_delivery_is_added_once(stock: Stock) -> None:
    delivery = {"lines": [{"sku": "MUG", "quantity": 5}, {"sku": "CAP", "quantity": 1}]}
    assert stock.call("restock", "d/1", delivery) == {"on_hand": {"MUG": 105, "CAP": 101}}
    assert stock.call("restock", "d/1", delivery) == {"on_hand": {"MUG": 105, "CAP": 101}}


def test_the_level_counts_what_is_not_reserved(stock: Stock) -> None:
    assert stock.call("level", "l/1", {"sku": "MUG"}) == {"sku": "MUG", "on_hand": 100}
    stock.reserve("r/1", ("MUG", 2))
    assert stock.call("level", "l/2", {"sku": "MUG"}) == {"sku": "MUG", "on_hand": 98}


def test_what_is_reserved_survives_a_new_start(where: Where) -> None:
    before, after = Stock(where), Stock(where)
    before.reserve("r/1", ("MUG", 2))
    before.close()
    assert after.release("r/1") == {"released": 2}
    after.close()


def test_threads_never_sell_more_than_there_is(where: Where) -> None:
    shares = [[f"{thread}/{n}" for n in range(5)] for thread in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, [where] * 8, shares)) == 10
    assert Stock(where).on_hand() == {"MUG": 0}


def test_processes_never_sell_more_than_there_is(where: Where) -> None:
    shares = [[f"{process}/{n}" for n in range(10)] for process in range(3)]
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        assert sum(pool.map(take, [where] * 3, shares)) == 10
    stock = Stock(where)
    assert stock.rows("SELECT count(*), sum(quantity) FROM reservation_line") == [(10, 10)]
    assert stock.on_hand() == {"MUG": 0}


def test_orders_of_the_same_articles_in_any_order_never_wait_for_each_other(where: Where) -> None:
    shares = [[f"{thread}/{n}" for n in range(20)] for thread in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(shuffle, [where] * 6, shares))
    assert Stock(where).on_hand() == {"MUG": 940, "CAP": 940}


def test_one_key_in_many_threads_is_one_reservation(where: Where) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(take, [where] * 8, [["r/1"]] * 8)) == [1] * 8
    assert Stock(where).on_hand() == {"MUG": 9}


def test_a_reservation_and_its_release_at_once_end_with_nothing_held(stock: Stock) -> None:
    def reserve(key: str) -> None:
        try:
            stock.reserve(key, ("MUG", 1))
        except StepError as error:
            assert error.code == "released"

    def at_once(key: str) -> None:
        with ThreadPoolExecutor(2) as pool:
            made: list[Callable[[str], Any]] = [reserve, stock.release]
            for done in [pool.submit(each, key) for each in made]:
                done.result()

    stock.reserve("r/0", ("MUG", 1))
    for number in range(20):
        at_once(f"r/{number + 1}")
    assert stock.on_hand() == {"MUG": 99}
