import QtQuick
import "../components"
import "../theme"

// The dark: a dim clock, and what must not be dark. A touch here only wakes; the call shape lies
// above it.
Rectangle {
    id: rest

    property string time
    property string hint
    // Day, place and who comes, for a patient who may have forgotten.
    property var orientation: []
    // What is wrong with the ways to call, and what concerns this bed now: dim, and never hidden.
    property var told: []
    // A small panel with large letters: what is wrong stands for the rest.
    readonly property bool full: Theme.crowded && rest.told.length > 0
    // Where words go: beside the call shape, or above it.
    required property Item room

    signal woken

    color: Qt.darker(Theme.paper, 3)

    Column {
        id: words

        spacing: Theme.grid
        width: rest.room.width - 4 * Theme.margin
        x: rest.room.x + 2 * Theme.margin
        y: 2 * Theme.margin

        Label {
            color: Qt.darker(Theme.muted, 2.2)
            font.pixelSize: Theme.sizeHuge
            font.weight: Theme.regular
            objectName: "restClock"
            tabular: true
            text: rest.time
            width: words.width
        }
        Label {
            color: Qt.darker(Theme.muted, 1.8)
            font.pixelSize: Theme.sizeSmall
            objectName: "restOrientation"
            text: rest.orientation.join("\n")
            visible: text !== ""
            width: words.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Qt.darker(Theme.muted, 2.6)
            font.pixelSize: Theme.sizeSmall
            objectName: "restHint"
            text: rest.hint
            visible: !rest.full
            width: words.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Qt.darker(Theme.ink, 2.2)
            font.pixelSize: rest.full ? Math.round(Theme.sizeSmall / Theme.textScale) : Theme.sizeSmall
            objectName: "restTold"
            text: rest.told.join("\n")
            visible: text !== ""
            width: words.width
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
