"""What people do and what befalls them: the scripts that are tried whole."""

from tests.faults.protocol.explore import Scenario
from tests.faults.protocol.state import Touch

PRESS = Touch("bedside", "press")
CLOSE = Touch("bedside", "close")
NETWORK = ("lost", "late")
ALL = ("lost", "late", "power", "hub", "time", "clock", "backup")
MACHINES = ("asleep", "halted", "anew")
"""The hub's or a screen's stands still and its seconds count on, or are lost; or it starts anew
with a clock that is wrong."""

SHORT = (
    Scenario("answered", (PRESS, Touch("station", "accept")), NETWORK, 1),
    Scenario("hub", (PRESS, CLOSE), ("hub", "backup"), 1),
    Scenario("machines", (PRESS, CLOSE), ("halted", "anew"), 1),
)
"""Within seconds: these are in each run of the tests."""

LONG = (
    Scenario("closed", (PRESS, CLOSE), ALL, 1),
    Scenario("network", (PRESS, PRESS, CLOSE), NETWORK, 1),
    Scenario("power", (PRESS, PRESS, CLOSE), ("power", "hub"), 1),
    Scenario("clock", (PRESS, PRESS, CLOSE), ("clock", "time"), 1),
    Scenario("halted", (PRESS, PRESS, CLOSE), ("halted",), 1),
    Scenario("anew", (PRESS, PRESS, CLOSE), ("anew",), 1),
)
"""Within a minute each."""

BY_COMMAND = (
    Scenario("two faults", (PRESS, CLOSE), ALL, 2),
    Scenario("asleep", (PRESS, CLOSE), ("asleep",), 1),
    Scenario("backup", (PRESS, PRESS, CLOSE), ("backup",), 1),
    Scenario(
        "emergency",
        (Touch("bedside", "emergency"), Touch("station", "close"), Touch("door", "close"), CLOSE),
        NETWORK,
        1,
    ),
)
"""Within minutes each."""
