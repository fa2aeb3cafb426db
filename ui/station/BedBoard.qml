pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// All beds in the ward's order, row by row. As many columns as let every card keep its height, a
// little narrower where they would have no room else; beyond that the board scrolls by whole rows,
// and says how many beds are out of sight.
FocusScope {
    id: board

    required property var model
    property list<string> letters
    property bool upright: true
    property string shownBed
    property int current: 0
    // The mark of the keyboard shows once a key was used, and goes with the next touch.
    property bool keyed: false
    readonly property int count: board.model.count
    // Cards made before there is room for them would be laid out anew with each step to it.
    readonly property bool laid: board.width > 0 && board.height > 0
    readonly property real spacing: Theme.gap
    readonly property int columns: board.columnsFor(board.width, board.height, board.count)
    readonly property string dashes: Theme.glyph("selection")
    readonly property int lines: Math.max(1, Math.ceil(board.count / board.columns))
    readonly property real cardWidth: Math.floor((board.width - (board.columns - 1) * board.spacing) / board.columns)
    readonly property real rowStep: board.cardHeight + board.spacing
    readonly property bool scrolls: board.lines * board.rowStep - board.spacing > board.height + 1
    // Rows that stand above what is in sight, and that are in sight.
    readonly property int above: Math.round(area.contentY / board.rowStep)
    readonly property int seen: Math.max(1, Math.floor((board.height - more.height) / board.rowStep))
    readonly property int below: Math.max(0, board.count - (board.above + board.seen) * board.columns)
    readonly property real cardHeight: Math.max(Theme.length(92), Math.min(Theme.length(128), Math.floor((board.height - (board.lines - 1) * board.spacing) / board.lines)))

    signal bedTouched(bed: string)
    signal beyondRight

    function columnsFor(width: real, height: real, beds: int): int {
        const wide = (columns, least) => (width - (columns - 1) * board.spacing) / columns >= Theme.length(least);
        const fits = columns => Math.ceil(beds / columns) * (Theme.length(92) + board.spacing) - board.spacing <= height;
        for (const least of [148, 140]) {
            for (let columns = 6; columns < 12 && wide(columns, least); ++columns) {
                if (fits(columns))
                    return columns;
            }
        }
        let most = 11;
        while (most > 1 && !wide(most, 148))
            --most;
        return most;
    }
    // Row by row: no card is cut in two.
    function toRow(row: int) {
        const last = board.scrolls ? board.lines - board.seen : 0;
        area.contentY = Math.max(0, Math.min(last, row)) * board.rowStep;
    }
    function takeFocus() {
        board.keyed = true;
        board.forceActiveFocus();
    }
    function step(by: int) {
        board.keyed = true;
        const next = board.current + by;
        if (next >= 0 && next < cards.count)
            board.current = next;
        const row = Math.floor(board.current / board.columns);
        board.toRow(Math.max(Math.min(board.above, row), row - board.seen + 1));
    }

    Keys.onDownPressed: board.step(board.columns)
    Keys.onEnterPressed: board.open()
    Keys.onLeftPressed: board.step(-1)
    Keys.onReturnPressed: board.open()
    Keys.onRightPressed: {
        if (board.current % board.columns === board.columns - 1 || board.current === cards.count - 1)
            board.beyondRight();
        else
            board.step(1);
    }
    Keys.onUpPressed: board.step(-board.columns)

    function open() {
        const card = cards.itemAt(board.current) as BedCard;
        if (card !== null)
            board.bedTouched(card.key);
    }

    Flickable {
        id: area

        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: parent.top
        boundsBehavior: Flickable.StopAtBounds
        clip: board.scrolls
        contentHeight: board.lines * board.rowStep - board.spacing
        contentWidth: width
        height: board.scrolls ? board.seen * board.rowStep - board.spacing : board.height
        interactive: board.scrolls
        objectName: "boardArea"

        onContentHeightChanged: board.toRow(board.above)
        onHeightChanged: board.toRow(board.above)
        onMovementEnded: board.toRow(board.above)

        Repeater {
            id: cards

            model: board.laid ? board.model : null

            delegate: BedCard {
                dashes: board.dashes
                height: board.cardHeight
                letters: board.letters
                marked: board.keyed && board.activeFocus && board.current === index
                shown: board.shownBed === key
                upright: board.upright
                width: board.cardWidth
                x: (index % board.columns) * (board.cardWidth + board.spacing)
                y: Math.floor(index / board.columns) * board.rowStep

                onTouched: {
                    board.keyed = false;
                    board.current = index;
                    board.bedTouched(key);
                }
            }
        }
    }
    TouchButton {
        id: more

        anchors.bottom: parent.bottom
        iconName: board.below > 0 ? "chevron-double-down" : "chevron-double-up"
        kind: "quiet"
        objectName: "boardMore"
        text: board.below > 0 ? qsTr("%1 more below").arg(board.below) : qsTr("%1 more above").arg(board.above * board.columns)
        visible: board.scrolls
        width: parent.width

        onActivated: board.toRow(board.below > 0 ? board.above + board.seen : 0)
    }
}
