import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What is honest to say of the call now; with a mark when it points to the wired call unit.
Card {
    id: card

    required property CallModel call
    readonly property real pad: Math.round(1.5 * Theme.grid)

    border.color: card.call.warning ? Theme.ink : Theme.line
    border.width: card.call.warning ? Theme.edge : Theme.hairline
    implicitHeight: Math.max(words.implicitHeight, Theme.sizeTitle) + 2 * card.pad

    Icon {
        id: mark

        anchors.left: parent.left
        anchors.leftMargin: 2.5 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        color: card.call.warning ? Theme.ink : Theme.brand
        name: card.call.warning ? "alert-circle-outline" : "information-outline"
        size: Theme.sizeTitle
    }
    Label {
        id: words

        anchors.left: mark.right
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeSmall
        font.weight: card.call.warning ? Theme.semibold : Theme.regular
        // Of a line that ends in a long stroke (Arabic) the stroke may reach into the margin.
        leftPadding: 2 * Theme.grid
        objectName: "truth"
        rightPadding: 2 * Theme.grid
        text: card.call.truth
        wrapMode: Text.Wrap
    }
}
