import QtQuick
import "../theme"

// A touch, down and up again on the same thing, however slow: a slow finger, a gloved one or a busy
// machine has touched it too. What lies there for 10 s is no finger, but an arm or a cloth. Only where
// holding speaks is a long touch another thing.
TapHandler {
    gesturePolicy: TapHandler.ReleaseWithinBounds
    longPressThreshold: Theme.speaksOnHold ? 0.8 : 10
}
