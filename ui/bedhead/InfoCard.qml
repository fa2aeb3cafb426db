pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// Doctor, nurse, diet.
Card {
    id: card

    required property BedheadModel model
    readonly property real pad: Math.round((Theme.portrait ? 3.75 : 2.25) * Theme.grid)
    // Room for one line only: what the person may eat.
    readonly property bool brief: card.height < 1.2 * rows.count * Theme.sizeHeading
    readonly property real labelWidth: {
        let most = 0;
        for (let i = 0; i < rows.count; i++) {
            const each = rows.itemAt(i) as InfoLine;
            if (each)
                most = Math.max(most, each.labelWidth);
        }
        return most;
    }

    Column {
        anchors.bottomMargin: Theme.grid
        anchors.fill: parent
        anchors.leftMargin: card.pad
        anchors.rightMargin: card.pad
        anchors.topMargin: Theme.grid

        Repeater {
            id: rows

            model: card.model.info

            InfoLine {
                column: card.labelWidth
                height: Math.floor((card.height - 2 * Theme.grid) / (card.brief ? 1 : Math.max(1, rows.count)))
                visible: !card.brief || key === "diet"
                width: parent ? parent.width : 0
            }
        }
    }
}
