import QtQuick
import "../theme"

// How large things are on the key pad for observations: by the room there is, never by the size of
// text that a patient chose, which is not the staff's.
QtObject {
    id: sizes

    required property real width
    required property real height
    // How many things are chosen from; 0 while digits are typed.
    required property int choosing
    readonly property real chosen: Theme.role === "bedside" ? Theme.textScale : 1
    readonly property real space: Theme.grid
    readonly property real least: Theme.touchStaff
    readonly property real display: Math.round(Theme.sizeDisplay / sizes.chosen)
    readonly property real heading: Math.round(Theme.sizeHeading / sizes.chosen)
    readonly property real label: Math.round(Theme.sizeLabel / sizes.chosen)
    readonly property real small: Math.round(Theme.sizeSmall / sizes.chosen)
    readonly property real tiny: Math.round(0.8 * sizes.small)
    // Beside the keys, or (a small panel) above them and only the field at hand in sight.
    readonly property bool flat: sizes.width - (4 * sizes.least + 5 * sizes.space) < 10.5 * sizes.small
    readonly property int columns: sizes.flat ? 6 : 4
    readonly property int lines: sizes.flat ? 3 : 4
    // What stands above the keys whatever is typed.
    readonly property real above: Math.round(1.4 * sizes.heading + 1.2 * sizes.display + 1.4 * sizes.small)
    readonly property real most: Math.round(2.5 * sizes.least)
    readonly property real cell: sizes.flat ? sizes.least : Math.max(sizes.least, Math.min(sizes.most, Math.floor((sizes.height - sizes.above - 5 * sizes.space) / 4)))
    readonly property real blockWidth: sizes.flat ? sizes.width : Math.max(4 * sizes.least + 3 * sizes.space, Math.min(Math.round(0.5 * sizes.width), 4 * sizes.most))
    readonly property real column: Math.floor((sizes.blockWidth - (sizes.columns - 1) * sizes.space) / sizes.columns)
    // Where a word fits beside what is chosen from, the verbs keep their place; else they follow it.
    readonly property bool apart: sizes.choosing === 0 || sizes.column > 5.2 * sizes.small
    readonly property real verb: Math.round((sizes.column > 5.2 * sizes.small ? 1 : 0.8) * sizes.small)
}
