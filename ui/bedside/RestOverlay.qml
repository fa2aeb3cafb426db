import QtQuick
import "../components"
import "../theme"

// The dark: a dim clock and nothing else. A touch here only wakes; the call shape lies above it.
Rectangle {
    id: rest

    property string time
    property string hint
    // Day, place and who comes, for a patient who may have forgotten.
    property var orientation: []

    signal woken

    color: Qt.darker(Theme.paper, 3)

    Column {
        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.margin
        anchors.top: parent.top
        anchors.topMargin: 2 * Theme.margin
        spacing: Theme.grid

        Label {
            color: Qt.darker(Theme.muted, 2.2)
            font.pixelSize: Theme.sizeHuge
            font.weight: Theme.regular
            objectName: "restClock"
            tabular: true
            text: rest.time
            width: rest.width - 4 * Theme.margin
        }
        Label {
            color: Qt.darker(Theme.muted, 1.8)
            font.pixelSize: Theme.sizeSmall
            objectName: "restOrientation"
            text: rest.orientation.join("\n")
            visible: text !== ""
            width: rest.width - 4 * Theme.margin
            wrapMode: Text.Wrap
        }
        Label {
            color: Qt.darker(Theme.muted, 2.6)
            font.pixelSize: Theme.sizeSmall
            objectName: "restHint"
            text: rest.hint
            width: rest.width - 4 * Theme.margin
            wrapMode: Text.Wrap
        }
    }
    // Stays until the finger is off again: what lies below is not pressed by the touch that wakes.
    MouseArea {
        anchors.fill: parent
        objectName: "restCover"

        onCanceled: rest.woken()
        onReleased: rest.woken()
    }
}
