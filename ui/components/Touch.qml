import QtQuick

// A touch, down and up again on the same thing, however slow: a slow finger, a gloved one or a busy
// machine has touched it too. What lies there for 10 s is no finger, but an arm or a cloth.
TapHandler {
    gesturePolicy: TapHandler.ReleaseWithinBounds
    longPressThreshold: 10
}
