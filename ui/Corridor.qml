pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "components"
import "corridor"
import "theme"

// Read at 8 m by whoever walks by: which bed calls, of what kind, for how long.
Screen {
    id: root

    required property CorridorModel model
    readonly property bool portrait: root.height > root.width
    // A strip has no height to spare for a head: what stands in the head stands beside the calls.
    readonly property bool strip: root.height < 0.3 * root.width
    readonly property real side: (root.strip ? 1.5 : 3) * Theme.grid
    readonly property real gap: Math.round(1.25 * Theme.grid)

    base: root.model
    height: 1080
    identifyPlace: head
    // It tells of its link in its own words, as large as its calls.
    showBanner: false
    width: 1920

    CorridorHead {
        id: head

        height: root.strip ? root.page.height : needed
        model: root.model
        strip: root.strip
        width: root.strip ? 1.35 * Theme.farSize : root.page.width
        x: root.page.width - width
    }
    LostBar {
        id: lost

        brief: root.strip
        height: visible ? needed : 0
        model: root.model
        visible: root.model.mayLack && root.model.total > 0
        width: place.width
        x: root.side
        y: (root.strip ? 0 : head.height) + root.gap
    }
    Item {
        id: place

        // One line for each call where they are few, half the width where they are many.
        readonly property real line: Math.round(1.15 * Theme.farSize)
        readonly property real few: root.portrait ? Math.round(2.2 * Theme.farSize) : place.line
        readonly property int fewPlaces: place.rowsOf(place.few)
        readonly property bool dense: root.model.total > place.fewPlaces
        readonly property int columns: place.dense ? Math.max(1, Math.floor(place.width / (6.2 * Theme.farSize))) : 1
        readonly property int rows: place.rowsOf(place.dense ? place.line : place.few)
        readonly property int places: place.rows * place.columns
        // What is left over goes to the rows: larger gaps, not larger letters.
        readonly property real rowHeight: Math.min(1.25 * (place.dense ? place.line : place.few), Math.floor((place.height - (place.rows - 1) * root.gap) / place.rows))
        readonly property real cell: Math.floor((place.width - (place.columns - 1) * root.gap) / place.columns)

        readonly property real numberWidth: {
            let most = 1.2 * Theme.farSize;
            for (let i = 0; i < calls.count; i++) {
                const each = calls.itemAt(i) as CallRow;
                if (each)
                    most = Math.max(most, each.natural);
            }
            return most;
        }

        function rowsOf(height: real): int {
            return Math.max(1, Math.floor((place.height + root.gap) / (height + root.gap)));
        }

        height: root.page.height - y - root.gap
        width: root.page.width - 2 * root.side - (root.strip ? head.width : 0)
        x: root.side
        y: lost.visible ? lost.y + lost.height + root.gap : lost.y

        Component.onCompleted: root.model.setPlaces(place.places)
        onPlacesChanged: root.model.setPlaces(place.places)

        Repeater {
            id: calls

            model: root.model.calls

            CallRow {
                id: row

                required property int index

                dense: place.dense
                height: place.rowHeight
                lost: root.model.lost
                numberWidth: place.numberWidth
                tall: root.portrait && !place.dense
                width: place.cell
                // Down the first column, then down the next: the first is the most urgent.
                x: Math.floor(row.index / place.rows) * (place.cell + root.gap)
                y: (row.index % place.rows) * (place.rowHeight + root.gap)
            }
        }
        MoreCell {
            height: place.rowHeight
            model: root.model
            visible: root.model.moreText !== ""
            width: place.cell
            x: Math.floor(calls.count / place.rows) * (place.cell + root.gap)
            y: (calls.count % place.rows) * (place.rowHeight + root.gap)
        }
        Message {
            anchors.fill: parent
            model: root.model
            visible: root.model.total === 0
        }
    }
}
