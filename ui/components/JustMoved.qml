pragma ComponentBehavior: Bound

import QtQuick
import "../theme"

// Lies over what has just moved: a touch there would mean what was there before. What a key means
// has not moved, and it is taken. Who touched too early sees a ring there, which goes by itself, once
// touches are taken again.
MouseArea {
    id: over

    // Where what lies below it begins.
    required property real place
    property bool laid: false
    property bool early: false
    property point finger

    // Something below it has moved by itself, while that began where it did.
    function hold() {
        if (over.laid)
            still.restart();
    }

    enabled: still.running
    objectName: "justMoved"

    Component.onCompleted: over.laid = true
    onPlaceChanged: over.hold()
    onPressed: mouse => {
        over.finger = Qt.point(mouse.x, mouse.y);
        over.early = true;
    }

    Timer {
        id: still

        interval: Theme.untouched
    }
    Loader {
        active: over.early && !still.running

        sourceComponent: Rectangle {
            id: ring

            border.color: Theme.ink
            border.width: Theme.edge
            color: "transparent"
            height: ring.width
            objectName: "touchAgain"
            radius: ring.width / 2
            width: Theme.touchStaff
            x: Math.round(over.finger.x - ring.width / 2)
            y: Math.round(over.finger.y - ring.height / 2)

            NumberAnimation on opacity {
                duration: Theme.answered
                easing.type: Easing.InQuart
                from: 1
                to: 0

                onFinished: over.early = false
            }
        }
    }
}
