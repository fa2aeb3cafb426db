import QtQuick
import "../components"
import "../theme"

// The edge of a screen or card that calls: flashes until somebody accepts, then stays.
Rectangle {
    id: frame

    property string priority
    property bool flashing: false

    border.color: Theme.lamp(frame.priority)
    border.width: 2 * Theme.lampEdge
    color: "transparent"
    opacity: frame.flashing ? flasher.level : 1

    Flasher {
        id: flasher

        active: frame.flashing && frame.visible
        priority: frame.priority
    }
}
