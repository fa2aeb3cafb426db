pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// NEWS2 and the newest reading of each vital sign, every one with its own time.
Column {
    id: part

    required property SheetModel sheet
    readonly property int perRow: part.width > Theme.length(600) ? 4 : 3
    readonly property real tileWidth: Math.floor((part.width - (part.perRow - 1) * Theme.gap) / part.perRow)
    readonly property real tileHeight: Theme.length(82)

    spacing: Theme.gap

    SheetTitle {
        text: qsTr("Vital signs")
    }
    Rectangle {
        border.color: Theme.ink
        border.width: Math.max(1, Theme.edge / 2)
        color: "transparent"
        height: Math.max(Theme.length(84), why.height + 1.5 * Theme.grid)
        objectName: "news2"
        radius: Theme.radius
        width: part.width

        Label {
            id: name

            anchors.verticalCenter: parent.verticalCenter
            color: Theme.muted
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.bold
            text: "NEWS2"
            x: 2 * Theme.grid
        }
        Label {
            id: total

            anchors.left: name.right
            anchors.leftMargin: 2 * Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            font.pixelSize: Theme.sizeDisplay
            font.weight: Theme.black
            objectName: "news2Total"
            tabular: true
            text: part.sheet.score
        }
        Column {
            id: why

            anchors.left: total.right
            anchors.leftMargin: 2.5 * Theme.grid
            anchors.right: parent.right
            anchors.rightMargin: 2 * Theme.grid
            anchors.verticalCenter: parent.verticalCenter

            Label {
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.bold
                tabular: true
                text: part.sheet.band + " · " + part.sheet.scoreDetail
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                objectName: "news2Parts"
                tabular: true
                text: part.sheet.scoreParts
                visible: text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
    }
    Grid {
        columns: part.perRow
        spacing: Theme.gap

        Repeater {
            model: part.sheet.vitals

            delegate: VitalTile {
                height: part.tileHeight
                width: part.tileWidth
            }
        }
    }
}
