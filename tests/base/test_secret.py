"""A PIN is hashed slowly enough for whoever has stolen the file (the other tests hash quickly)."""

import pytest

from smartward import secret
from tests.conftest import SLOW_HASHER


@pytest.fixture
def as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_HASHER", SLOW_HASHER)


@pytest.mark.usefixtures("as_shipped")
def test_a_pin_costs_what_rfc_9106_recommends() -> None:
    """The second recommended choice: argon2id, 64 MiB, three passes, four lanes."""
    hash = secret.hash_pin("4711")
    assert hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert secret.pin_matches(hash, "4711")
    assert not secret.pin_matches(hash, "4712")


def test_a_hash_is_of_one_pin_and_has_a_salt_of_its_own() -> None:
    one, other = secret.hash_pin("4711"), secret.hash_pin("4711")
    assert one != other
    assert secret.pin_matches(one, "4711")
    assert not secret.pin_matches(other, "4712")
    assert not secret.pin_matches("no hash", "4711")
