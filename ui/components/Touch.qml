import QtQuick
import "../theme"

// A touch, down and up again on the same thing, of whatever length: a slow finger, a gloved one or a
// busy machine has touched it too. Only where holding speaks is a long touch another thing.
TapHandler {
    gesturePolicy: TapHandler.ReleaseWithinBounds
    longPressThreshold: Theme.speaksOnHold ? 0.8 : 0
}
