import QtQuick
import "../components"
import "../theme"

// Name, value and time of one reading. A stale one is dashes and its last time.
Item {
    id: reading

    required property string label
    required property string value
    required property string unit
    required property string time
    required property string status
    // Its points in the shown NEWS2 score.
    required property string part
    readonly property bool readable: reading.status === "fresh" || reading.status === "ageing"
    readonly property bool current: reading.status === "fresh"

    Label {
        id: name

        color: Theme.muted
        elide: Text.ElideRight
        font.pixelSize: Theme.length(17)
        height: Theme.length(22)
        text: reading.label
        width: Math.min(implicitWidth, parent.width - time.width - Theme.grid)
    }
    Label {
        id: time

        anchors.right: parent.right
        color: reading.current ? Theme.muted : Theme.ink
        elide: Text.ElideRight
        font.pixelSize: Theme.length(16)
        font.weight: reading.current ? Theme.regular : Theme.semibold
        height: Theme.length(22)
        tabular: true
        text: reading.time
        width: Math.min(implicitWidth, parent.width * 0.72)
    }
    Label {
        id: number

        anchors.top: name.bottom
        color: reading.readable ? Theme.ink : Theme.muted
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        height: Theme.length(34)
        minimumPixelSize: Theme.length(17)
        tabular: true
        text: reading.value
        width: Math.min(implicitWidth, parent.width - unit.implicitWidth - points.implicitWidth - 2 * Theme.grid)
    }
    Label {
        id: unit

        anchors.baseline: number.baseline
        anchors.left: number.right
        anchors.leftMargin: Theme.grid / 2
        color: Theme.muted
        font.pixelSize: Theme.length(16)
        text: reading.unit
    }
    Label {
        id: points

        anchors.baseline: number.baseline
        anchors.right: parent.right
        color: reading.part === "0" ? Theme.muted : Theme.ink
        font.pixelSize: Theme.sizeLabel
        font.weight: reading.part === "0" ? Theme.regular : Theme.black
        tabular: true
        text: reading.part
    }
}
