import QtQuick
import SmartWard.Screen
import "../theme"

// The bottom row: only what works for this bed now.
Row {
    id: tiles

    required property BedsideModel model
    readonly property bool tight: Theme.textScale > 1.2
    // Four in a row of a tall screen with large letters: picture above, few words.
    readonly property bool narrow: tiles.tight && Theme.portrait
    readonly property real small: tiles.narrow ? Theme.sizeSmall : Theme.sizeLabel
    readonly property int count: tiles.model.personal ? 4 : 2
    // A small panel gives them no more than a finger needs: their words become smaller instead.
    // What the tallest of them needs; their height follows the row's.
    readonly property real needed: Theme.crowded ? Theme.touchPatient : Math.max(care.implicitHeight, team.implicitHeight, comfort.implicitHeight, staff.implicitHeight)
    readonly property real cell: Math.floor((tiles.width - (tiles.count - 1) * tiles.spacing) / tiles.count)

    spacing: Theme.touchPatientGap

    Tile {
        id: care

        fits: Theme.crowded
        flat: tiles.tight && !tiles.narrow
        height: tiles.height
        iconName: "lock-outline"
        objectName: "openCare"
        size: tiles.small
        text: tiles.model.labels.care
        visible: tiles.model.personal
        width: tiles.cell

        onTouched: tiles.model.show("care")
    }
    Tile {
        id: team

        fits: Theme.crowded
        flat: tiles.tight && !tiles.narrow
        height: tiles.height
        // Whoever speaks by pictures finds them here.
        iconName: tiles.model.pictures ? "image-multiple-outline" : "account-group-outline"
        objectName: tiles.model.pictures ? "openBoard" : "openTeam"
        size: tiles.small
        text: tiles.model.pictures ? tiles.model.labels.board : tiles.model.labels.team
        visible: tiles.model.personal
        width: tiles.cell

        onTouched: tiles.model.show(tiles.model.pictures ? "board" : "team")
    }
    Tile {
        id: comfort

        fits: Theme.crowded
        flat: tiles.tight && !tiles.narrow
        height: tiles.height
        iconName: "translate"
        objectName: "openComfort"
        size: tiles.small
        text: tiles.tight ? "Aa" : tiles.model.comfortText
        width: tiles.cell

        onTouched: tiles.model.show("comfort")
    }
    Tile {
        id: staff

        fits: Theme.crowded
        flat: tiles.tight && !tiles.narrow
        height: tiles.height
        iconName: "badge-account-outline"
        objectName: "openStaff"
        size: tiles.small
        text: tiles.model.labels.staff
        tone: "quiet"
        width: tiles.cell

        onTouched: tiles.model.show("staff")
    }
}
