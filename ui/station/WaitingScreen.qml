import QtQuick
import "../components"
import "../theme"

// One screen that waits for a place, or to forget all: what is known of it, and the verbs for it.
Rectangle {
    id: line

    required property string key
    required property string title
    required property string detail
    property string placeVerb
    property string refuseVerb

    signal placeTouched(string code)
    signal refuseTouched(string code)

    border.color: Theme.brand
    border.width: Theme.edge
    color: Theme.surface
    height: Math.max(words.height, refuse.height) + 2 * Theme.grid
    objectName: "waiting-" + line.key
    radius: Theme.radius

    Column {
        id: words

        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.grid
        anchors.right: place.visible ? place.left : refuse.visible ? refuse.left : parent.right
        anchors.rightMargin: 2 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter

        Label {
            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            tabular: true
            text: line.title
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            tabular: true
            text: line.detail
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
    TouchButton {
        id: place

        anchors.right: refuse.left
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        objectName: "place-" + line.key
        text: line.placeVerb
        visible: text !== ""

        onActivated: line.placeTouched(line.key)
    }
    TouchButton {
        id: refuse

        anchors.right: parent.right
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        kind: "quiet"
        objectName: "refuse-" + line.key
        text: line.refuseVerb
        visible: text !== ""

        onActivated: line.refuseTouched(line.key)
    }
}
