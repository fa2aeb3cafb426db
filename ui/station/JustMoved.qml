import QtQuick
import "../theme"

// Lies over what has just moved: a touch there would mean what was there before. What a key means
// has not moved, and it is taken.
MouseArea {
    id: over

    // Where what lies below it begins.
    required property real place
    property bool laid: false

    objectName: "justMoved"
    visible: still.running

    Component.onCompleted: over.laid = true
    onPlaceChanged: {
        if (over.laid)
            still.restart();
    }

    Timer {
        id: still

        interval: Theme.untouched
    }
}
