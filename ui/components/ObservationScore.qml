import QtQuick
import SmartWard.Screen
import "../theme"

// The score of a set of observations as far as it goes: its total, its band, and what is due.
Rectangle {
    id: score

    required property ObservationPad pad
    required property ObservationSizes sizes
    // The height it may have on a small panel.
    required property real room
    readonly property color edge: Theme.priorityColor(score.pad.level)

    border.color: score.edge
    border.width: score.pad.level === "" ? Theme.hairline : Theme.edge
    color: Theme.prioritySoft(score.pad.level)
    height: Math.max(score.sizes.least, words.implicitHeight + Theme.grid)
    radius: Theme.radiusSmall

    Label {
        id: total

        font.pixelSize: score.sizes.flat ? score.sizes.heading : score.sizes.display
        font.weight: Theme.black
        height: parent.height
        leftPadding: score.sizes.space
        objectName: "padTotal"
        tabular: true
        text: score.pad.total
        verticalAlignment: Text.AlignVCenter
    }
    Column {
        id: words

        anchors.left: total.right
        anchors.leftMargin: 1.5 * score.sizes.space
        anchors.right: parent.right
        anchors.rightMargin: score.sizes.space
        anchors.verticalCenter: parent.verticalCenter

        Label {
            id: band

            font.pixelSize: score.sizes.flat ? score.sizes.tiny : score.sizes.small
            font.weight: Theme.bold
            objectName: "padBand"
            text: "NEWS2 · " + score.pad.band
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            // On a small panel no more than there is room for.
            font.pixelSize: score.sizes.flat ? score.sizes.tiny : score.sizes.small
            fontSizeMode: score.sizes.flat ? Text.Fit : Text.FixedSize
            height: score.sizes.flat ? Math.min(implicitHeight, score.room - band.height - Theme.grid) : implicitHeight
            minimumPixelSize: Math.round(0.6 * score.sizes.tiny)
            objectName: "padDue"
            text: score.pad.due
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
}
