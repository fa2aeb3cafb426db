import QtQuick
import "../theme"

// Does what it says only when it is held for a second and a half; the ground fills meanwhile.
Tile {
    id: tile

    readonly property int wait: 1500

    signal held

    clip: true
    flat: true
    size: Theme.sizeSmall
    tells: false

    Rectangle {
        id: ground

        anchors.left: parent.left
        color: Qt.alpha(Theme.brand, 0.25)
        height: tile.height
        radius: tile.radius
        width: 0

        NumberAnimation {
            id: filling

            duration: tile.wait
            from: 0
            property: "width"
            target: ground
            to: tile.width
        }
    }
    PointHandler {
        id: finger

        onActiveChanged: {
            if (finger.active) {
                filling.restart();
                timer.restart();
            } else {
                filling.stop();
                timer.stop();
                ground.width = 0;
            }
        }
    }
    Timer {
        id: timer

        interval: tile.wait

        onTriggered: tile.held()
    }
}
