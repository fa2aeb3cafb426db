import QtQuick
import "../components"
import "../theme"

// One bed's alerts of the shift: number, bar, how many. The line is the ward's budget.
Item {
    id: bar

    required property string number
    required property string count
    required property real share
    required property bool over
    required property string spoken
    // Where the budget is, 0 to 1.
    required property real limit
    readonly property real room: bar.width - number.width - count.width - 2 * Theme.grid

    Accessible.name: bar.spoken
    Accessible.role: Accessible.ListItem
    implicitHeight: Math.round(1.5 * Theme.sizeLabel)

    Label {
        id: number

        anchors.verticalCenter: parent.verticalCenter
        color: bar.count === "" ? Theme.muted : Theme.ink
        font.pixelSize: Theme.sizeLabel
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        horizontalAlignment: Text.AlignRight
        minimumPixelSize: Math.round(0.6 * Theme.sizeLabel)
        tabular: true
        text: bar.number
        width: Theme.length(40)
    }
    Rectangle {
        id: track

        anchors.left: number.right
        anchors.leftMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        color: Theme.sunken
        height: Math.round(0.6 * bar.height)
        radius: Theme.length(3)
        width: bar.room
    }
    Rectangle {
        anchors.left: track.left
        anchors.verticalCenter: parent.verticalCenter
        color: bar.over ? Theme.ink : Theme.dashed
        height: track.height
        radius: track.radius
        visible: bar.share > 0
        width: Math.max(2 * track.radius, bar.share * track.width)
    }
    // The budget is within its line: what reaches past it is over.
    Rectangle {
        anchors.verticalCenter: parent.verticalCenter
        color: bar.over ? Theme.surface : Theme.ink
        height: bar.over ? track.height : Math.round(0.85 * bar.height)
        width: Math.max(1, Theme.length(2))
        x: track.x + Math.round(bar.limit * track.width)
    }
    Label {
        id: count

        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        color: bar.over ? Theme.ink : Theme.muted
        font.pixelSize: Theme.sizeLabel
        font.weight: bar.over ? Theme.black : Theme.semibold
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Math.round(0.6 * Theme.sizeLabel)
        tabular: true
        text: bar.count
        width: Theme.length(32)
    }
}
