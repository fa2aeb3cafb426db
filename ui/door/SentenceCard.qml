pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What to put on before touching a bed, and the ward's instructions, as sentences.
Card {
    id: card

    required property DoorModel model
    // Smaller letters when the sentences would leave the beds too little room.
    property real most: 0
    readonly property real size: card.letters > card.most ? Theme.sizeSmall : Theme.sizeBody
    // About how high they would stand in full size: letters by lines of the card's width.
    readonly property real letters: {
        let lines = 0;
        for (let i = 0; i < rows.count; i++) {
            const each = rows.itemAt(i) as SentenceLine;
            if (each)
                lines += Math.ceil(each.natural / Math.max(1, column.width - 6 * Theme.sizeBody));
        }
        return lines * 1.9 * Theme.sizeBody;
    }
    readonly property bool empty: rows.count === 0
    readonly property real needed: card.empty ? 0 : column.implicitHeight + 5 * Theme.grid

    Column {
        id: column

        anchors.left: parent.left
        anchors.leftMargin: 5 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: 4 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        spacing: 2 * Theme.grid

        Repeater {
            id: rows

            model: card.model.sentences

            SentenceLine {
                size: card.size
                width: column.width
            }
        }
    }
}
