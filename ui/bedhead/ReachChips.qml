pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// How to reach the person, for whoever walks in: an icon and what to do, neutral.
Item {
    id: chips

    required property BedheadModel model
    // So many side by side.
    property int columns: 2
    readonly property int count: rows.count
    readonly property real cell: Math.floor((chips.width - (chips.columns - 1) * Theme.grid) / chips.columns)
    readonly property real line: Math.round(1.6 * Theme.sizeSmall)
    readonly property int lines: Math.ceil(rows.count / chips.columns)

    height: chips.lines * chips.line + Math.max(0, chips.lines - 1) * Theme.grid / 2

    Repeater {
        id: rows

        model: chips.model.reach

        Rectangle {
            id: chip

            required property int index
            required property string key
            required property string icon
            required property string text

            border.color: Theme.line
            border.width: Theme.hairline
            color: Theme.sunken
            height: chips.line
            objectName: "reach-" + chip.key
            radius: Theme.radiusSmall
            width: chips.cell
            x: (chip.index % chips.columns) * (chips.cell + Theme.grid)
            y: Math.floor(chip.index / chips.columns) * (chips.line + Theme.grid / 2)

            Icon {
                id: mark

                height: parent.height
                name: chip.icon
                size: Math.round(1.15 * Theme.sizeSmall)
                x: Theme.grid
            }
            FitLabel {
                anchors.left: mark.right
                anchors.leftMargin: Theme.grid
                anchors.right: parent.right
                anchors.rightMargin: Theme.grid / 2
                font.weight: Theme.semibold
                height: parent.height
                lineHeight: 0.9
                objectName: "reachText-" + chip.key
                size: Theme.sizeSmall
                smallest: 0.5 * Theme.sizeSmall
                text: chip.text
            }
        }
    }
}
