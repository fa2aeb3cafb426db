pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// What do you need? Eight pictures in three columns; the red flag comes first, twice as wide.
Item {
    id: grid

    required property CallModel call
    property real spacing: Theme.touchPatientGap
    // Height of a row; at least what the tallest words need.
    property real rowHeight: 0
    readonly property real cell: Math.floor((grid.width - 2 * grid.spacing) / 3)
    readonly property real needed: {
        let most = Theme.touchPatient;
        for (let i = 0; i < tiles.count; i++) {
            const each = tiles.itemAt(i) as Tile;
            if (each)
                most = Math.max(most, each.implicitHeight);
        }
        return most;
    }

    signal chosen(string reason)

    implicitHeight: 3 * Math.max(grid.needed, grid.rowHeight) + 2 * grid.spacing

    Repeater {
        id: tiles

        model: grid.call.reasons

        Tile {
            id: tile

            required property int index
            required property string key
            required property string icon
            required property string status
            required text
            required property bool redFlag
            readonly property int place: tile.index === 0 ? 0 : tile.index + 1

            height: Math.max(grid.needed, grid.rowHeight)
            iconName: tile.icon
            objectName: "reason-" + tile.key
            tone: tile.status !== "" ? "chosen" : tile.redFlag ? "high" : ""
            width: tile.index === 0 ? 2 * grid.cell + grid.spacing : grid.cell
            x: (tile.place % 3) * (grid.cell + grid.spacing)
            y: Math.floor(tile.place / 3) * (tile.height + grid.spacing)

            onTouched: grid.chosen(tile.key)
        }
    }
}
