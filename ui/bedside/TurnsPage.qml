pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// What staff record at the bed, with large targets for a gloved hand: how the patient lies now, and
// a round.
ScrollArea {
    id: page

    required property TurnsModel turns
    // What the page of observations is called.
    property string observations
    readonly property real gap: Theme.touchPatientGap
    readonly property int columns: Math.max(1, Math.floor((page.width + page.gap) / (8 * Theme.sizeSmall + page.gap)))
    readonly property real cell: Math.floor((page.width - (page.columns - 1) * page.gap) / page.columns)

    signal observationsTouched

    contentHeight: flow.implicitHeight

    Flow {
        id: flow

        spacing: page.gap
        width: page.width

        Column {
            spacing: Theme.grid / 2
            width: page.width

            Label {
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.semibold
                objectName: "turnsWho"
                text: page.turns.who
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                objectName: "turnsLast"
                tabular: true
                text: [page.turns.turned, page.turns.visited, page.turns.sending].filter(line => line !== "").join("\n")
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        Repeater {
            model: page.turns.rows

            Tile {
                id: row

                required property string key
                required property string icon
                required text
                required tone

                height: Math.max(implicitHeight, Theme.touchPatient)
                iconName: row.icon
                objectName: "turn-" + row.key
                size: Theme.sizeSmall
                width: page.cell

                onTouched: page.turns.touch(row.key)
            }
        }
        Tile {
            height: Math.max(implicitHeight, Theme.touchPatient)
            iconName: "clipboard-pulse-outline"
            objectName: "openObservations"
            size: Theme.sizeSmall
            text: page.observations
            tone: "quiet"
            width: page.cell

            onTouched: page.observationsTouched()
        }
    }
}
