import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// A set of observations typed at the station, over the sheet of its bed and beside the queue.
FocusScope {
    id: page

    required property ObservationPad pad

    signal closed

    focus: true
    objectName: "observationSheet"

    Component.onCompleted: entry.forceActiveFocus()

    Card {
        anchors.fill: parent
    }
    Label {
        id: title

        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.margin
        anchors.right: leave.left
        anchors.rightMargin: Theme.margin
        anchors.verticalCenter: leave.verticalCenter
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeTitle
        font.weight: Theme.black
        objectName: "padTitle"
        text: page.pad.correcting ? page.pad.labels.correct_title : page.pad.labels.title
    }
    TouchButton {
        id: leave

        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.margin
        iconName: "close"
        kind: "quiet"
        objectName: "padLeave"
        text: page.pad.labels.close
        y: Theme.margin

        onActivated: page.closed()
    }
    ObservationEntry {
        id: entry

        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.margin
        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.margin
        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.margin
        anchors.top: leave.bottom
        anchors.topMargin: Theme.grid
        pad: page.pad
    }
}
