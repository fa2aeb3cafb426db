import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// After the press: what was asked for, and (on a narrow screen) the receipts above it.
Item {
    id: page

    required property CallModel call
    property string question
    // On a broad screen they stand elsewhere.
    property bool receipts: false
    property bool truth: false

    signal chosen(string reason)

    ScrollArea {
        id: area

        anchors.fill: parent
        contentHeight: column.implicitHeight

        Column {
            id: column

            spacing: 2 * Theme.grid
            width: area.width

            ReceiptStrip {
                call: page.call
                visible: page.receipts
                width: parent.width
            }
            TruthCard {
                call: page.call
                visible: page.truth
                width: parent.width
            }
            // The question, and once something was touched its answer in the same place.
            Flow {
                id: heading

                spacing: 2 * Theme.grid
                width: parent.width

                Label {
                    id: question

                    font.pixelSize: Theme.sizeHeading
                    font.weight: Theme.bold
                    objectName: "question"
                    text: page.question
                    visible: !page.call.answered
                    width: Math.min(implicitWidth, column.width)
                    wrapMode: Text.Wrap
                }
                Label {
                    color: page.call.answered ? Theme.brand : Theme.muted
                    font.pixelSize: page.call.answered ? Theme.sizeBody : Theme.sizeSmall
                    font.weight: page.call.answered ? Theme.semibold : Theme.regular
                    height: Math.max(implicitHeight, question.implicitHeight)
                    objectName: "answer"
                    text: page.call.answer
                    visible: page.call.answered || Theme.textScale < 1.2
                    width: Math.min(implicitWidth, column.width)
                    wrapMode: Text.Wrap
                }
            }
            ReasonGrid {
                call: page.call
                rowHeight: page.receipts || page.truth ? 0 : Math.floor((page.height - heading.height - column.spacing - 2 * spacing) / 3)
                width: parent.width

                onChosen: reason => page.chosen(reason)
            }
        }
    }
}
