import QtQuick
import "../components"
import "../theme"

// The ground of a call lamp: flashes between two grounds on both of which its text can be read.
Rectangle {
    id: ground

    property string priority
    property bool flashing: false

    color: ground.priority === "high" ? Qt.darker(Theme.lampHigh, 1.9) : Qt.lighter(Theme.lampMedium, 1.5)

    Flasher {
        id: flasher

        active: ground.flashing && ground.visible
        priority: ground.priority
    }
    Rectangle {
        anchors.fill: parent
        color: Theme.lamp(ground.priority)
        objectName: "lampFlash"
        opacity: ground.flashing ? flasher.level : 1
        radius: ground.radius
    }
}
