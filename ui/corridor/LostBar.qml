import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// Calls may be missing: as of when those below are, or that the hub cannot store; and what to do.
Rectangle {
    id: bar

    required property CorridorModel model
    // No room for the sentence.
    property bool brief: false
    readonly property real needed: Math.round(1.1 * Theme.farSize) + (bar.brief ? 0 : words.implicitHeight + Theme.grid)

    border.color: Theme.ink
    border.width: Theme.edge
    color: Theme.surface
    radius: Theme.radius

    Icon {
        id: mark

        height: Math.round(1.1 * Theme.farSize)
        name: "lan-disconnect"
        size: Math.round(0.8 * Theme.farSize)
        x: 3 * Theme.grid
    }
    FitLabel {
        id: head
        fontSizeMode: Text.HorizontalFit

        anchors.left: mark.right
        anchors.leftMargin: 3 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.grid
        font.weight: Theme.bold
        height: mark.height
        objectName: "asOfCalls"
        size: Theme.farSize
        tabular: true
        text: bar.model.headline
        wrapMode: Text.NoWrap
    }
    Label {
        id: words

        anchors.left: parent.left
        anchors.leftMargin: 3 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: 3 * Theme.grid
        anchors.top: head.bottom
        font.pixelSize: Theme.sizeLabel
        objectName: "lostDetail"
        tabular: true
        text: bar.model.detail
        visible: !bar.brief
        wrapMode: Text.Wrap
    }
}
