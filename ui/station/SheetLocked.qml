import QtQuick
import "../components"
import "../theme"

// What stands in place of everything that only a proved person reads: how to read it.
Rectangle {
    id: part

    signal touched

    border.color: Theme.line
    border.width: Theme.hairline
    color: Theme.sunken
    height: words.height + ask.height + 4 * Theme.grid
    objectName: "sheetLocked"
    radius: Theme.radius

    Label {
        id: words

        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.grid
        text: qsTr("Readings, plan and the rest are for whoever works here. Hold your badge to the reader, or say who you are. Who opens it is kept.")
        wrapMode: Text.Wrap
        y: 1.5 * Theme.grid
    }
    TouchButton {
        id: ask

        anchors.left: words.left
        anchors.top: words.bottom
        anchors.topMargin: Theme.grid
        iconName: "badge-account-horizontal-outline"
        kind: "primary"
        objectName: "sheetUnlock"
        text: qsTr("Say who you are")

        onActivated: part.touched()
    }
}
