import QtQuick
import "../theme"

// How much is left, 0 to 1. Negative: unknown, an empty track.
Rectangle {
    id: gauge

    property real value: -1
    property color fill: Theme.low

    color: Theme.sunken
    implicitHeight: Math.round(2.25 * Theme.grid)
    radius: height / 2

    Rectangle {
        anchors.left: parent.left
        color: gauge.fill
        height: gauge.height
        radius: gauge.radius
        visible: gauge.value >= 0
        width: Math.max(gauge.height, gauge.width * Math.min(1, gauge.value))
    }
}
