import QtQuick
import "../theme"

// One column of the sheet: its parts below each other, scrolled when they need more room.
Flickable {
    id: area

    default property alias parts: column.data

    function scrollBy(distance: real) {
        area.contentY = Math.max(0, Math.min(area.contentHeight - area.height, area.contentY + distance));
    }

    // Whether an item of a part is wholly in sight. The software renderer draws a line that is
    // clipped away as if it were not clipped at all: lines have to be left out where they may be.
    function shows(part: Item, item: Item): bool {
        const top = column.y + part.y + item.y - area.contentY;
        return top >= 0 && top + item.height <= area.height;
    }

    boundsBehavior: Flickable.StopAtBounds
    clip: interactive
    contentHeight: column.height + 2.5 * Theme.grid
    contentWidth: width
    interactive: contentHeight > height

    Column {
        id: column

        spacing: 1.5 * Theme.grid
        width: area.width - 2 * Theme.margin
        x: Theme.margin
        y: 1.25 * Theme.grid
    }
    // How much there is and where one stands; only where it scrolls.
    Rectangle {
        color: Theme.dashed
        height: Math.max(4 * Theme.grid, area.height * area.height / area.contentHeight)
        parent: area
        radius: width / 2
        visible: area.interactive
        width: Theme.grid / 2
        x: area.width - width - Theme.grid / 4
        y: (area.height - height) * area.contentY / Math.max(1, area.contentHeight - area.height)
    }
}
