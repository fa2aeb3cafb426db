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
    readonly property real first: Math.max(grid.rowHeight, grid.needed(0, 2))
    readonly property real second: Math.max(grid.rowHeight, grid.needed(2, 5))
    readonly property real third: Math.max(grid.rowHeight, grid.needed(5, 8))

    signal chosen(string reason)

    // Height of the tallest of some tiles.
    function needed(from: int, until: int): real {
        let most = Theme.touchPatient;
        for (let i = from; i < Math.min(until, tiles.count); i++) {
            const each = tiles.itemAt(i) as Tile;
            if (each)
                most = Math.max(most, each.implicitHeight);
        }
        return most;
    }

    implicitHeight: grid.first + grid.second + grid.third + 2 * grid.spacing

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

            flat: tile.index === 0 && Theme.textScale > 1.2
            height: tile.index < 2 ? grid.first : tile.index < 5 ? grid.second : grid.third
            iconName: tile.icon
            iconScale: Theme.textScale > 1.2 ? 1.15 : 1.9
            objectName: "reason-" + tile.key
            tone: tile.status !== "" ? "chosen" : tile.redFlag ? "high" : ""
            width: tile.index === 0 ? 2 * grid.cell + grid.spacing : grid.cell
            x: (tile.place % 3) * (grid.cell + grid.spacing)
            y: tile.index < 2 ? 0 : tile.index < 5 ? grid.first + grid.spacing : grid.first + grid.second + 2 * grid.spacing

            onTouched: grid.chosen(tile.key)
        }
    }
}
