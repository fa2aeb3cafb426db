pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The six places with the hospital's wording; absent and not assessed are told apart.
Column {
    id: part

    required property SheetModel sheet

    spacing: Theme.grid / 2

    SheetTitle {
        text: qsTr("Precautions")
    }
    Repeater {
        model: part.sheet.precautions

        delegate: Item {
            id: line

            required property string key
            required property string letter
            required property string status
            required property string wording

            height: Math.max(place.height, word.implicitHeight)
            objectName: "precaution-" + line.key
            width: part.width

            PrecautionSlot {
                id: place

                edge: Math.max(1, Theme.edge / 2)
                height: implicitHeight
                mark: line.letter
                markSize: Theme.sizeSmall
                status: line.status
                width: implicitHeight
            }
            Label {
                id: word

                anchors.left: place.right
                anchors.leftMargin: 1.25 * Theme.grid
                anchors.right: parent.right
                anchors.verticalCenter: parent.verticalCenter
                color: line.status === "present" ? Theme.ink : Theme.muted
                elide: Text.ElideRight
                font.pixelSize: Theme.sizeLabel
                font.weight: line.status === "present" ? Theme.bold : Theme.regular
                maximumLineCount: 3
                text: line.wording
                wrapMode: Text.Wrap
            }
        }
    }
}
