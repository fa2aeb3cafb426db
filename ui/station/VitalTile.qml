import QtQuick
import "../components"
import "../theme"

// One reading with its time. A stale one is dashes and its last time.
Rectangle {
    id: tile

    required property string key
    required property string label
    required property string value
    required property string unit
    required property string time
    required property string status
    required property string part
    readonly property bool readable: tile.status === "fresh" || tile.status === "ageing"

    color: Theme.sunken
    objectName: "vital-" + tile.key
    radius: Theme.radiusSmall

    Label {
        id: label

        color: Theme.muted
        elide: Text.ElideRight
        font.pixelSize: Theme.length(17)
        text: tile.label
        width: parent.width - points.width - 3 * Theme.grid
        x: 1.5 * Theme.grid
        y: Theme.length(5)
    }
    Label {
        id: points

        anchors.baseline: label.baseline
        anchors.right: parent.right
        anchors.rightMargin: 1.25 * Theme.grid
        color: tile.part === "0" ? Theme.muted : Theme.ink
        font.pixelSize: Theme.length(17)
        font.weight: tile.part === "0" ? Theme.regular : Theme.black
        tabular: true
        text: tile.part
    }
    Label {
        id: value

        anchors.top: label.bottom
        color: tile.readable ? Theme.ink : Theme.muted
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        height: Theme.length(32)
        minimumPixelSize: Theme.length(17)
        tabular: true
        text: tile.value
        width: Math.min(implicitWidth, parent.width - unit.implicitWidth - 3 * Theme.grid)
        x: label.x
    }
    Label {
        id: unit

        anchors.baseline: value.baseline
        anchors.left: value.right
        anchors.leftMargin: Theme.grid / 2
        color: Theme.muted
        font.pixelSize: Theme.length(16)
        text: tile.unit
    }
    Label {
        anchors.top: value.bottom
        color: tile.status === "fresh" ? Theme.muted : Theme.ink
        elide: Text.ElideRight
        font.pixelSize: Theme.length(16)
        font.weight: tile.status === "fresh" ? Theme.regular : Theme.semibold
        tabular: true
        text: tile.time
        width: parent.width - 2 * label.x
        x: label.x
    }
}
