pragma ComponentBehavior: Bound

import QtQuick
import "../theme"

// All beds in the ward's order, row by row. As many columns as let every card keep its height;
// beyond that the board scrolls.
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
    readonly property real cardHeight: Math.max(Theme.length(92), Math.min(Theme.length(128), Math.floor((board.height - (board.lines - 1) * board.spacing) / board.lines)))

    signal bedTouched(bed: string)
    signal beyondRight

    function columnsFor(width: real, height: real, beds: int): int {
        for (let columns = 6; columns < 12; ++columns) {
            const lines = Math.ceil(beds / columns);
            if ((width - (columns - 1) * board.spacing) / columns < Theme.length(148))
                return Math.max(1, columns - 1);
            if (lines * (Theme.length(92) + board.spacing) - board.spacing <= height)
                return columns;
        }
        return 11;
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
        const line = Math.floor(board.current / board.columns) * (board.cardHeight + board.spacing);
        area.contentY = Math.max(Math.min(area.contentY, line), line + board.cardHeight - area.height, 0);
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

        anchors.fill: parent
        boundsBehavior: Flickable.StopAtBounds
        clip: interactive
        contentHeight: board.lines * (board.cardHeight + board.spacing) - board.spacing
        contentWidth: width
        interactive: contentHeight > height + 1
        objectName: "boardArea"

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
                y: Math.floor(index / board.columns) * (board.cardHeight + board.spacing)

                onTouched: {
                    board.keyed = false;
                    board.current = index;
                    board.bedTouched(key);
                }
            }
        }
    }
}
