import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// After the press: what was asked for, and (on a narrow screen) the receipts above it.
Item {
    id: page

    required property CallModel call
    property string question
    property string moreText
    // On a broad screen they stand elsewhere.
    property bool receipts: false
    property bool truth: false
    // Little room: one text says the most important thing.
    property bool tight: false
    property bool pictures: false
    // One row of pictures stays, whatever there is to say.
    readonly property real room: page.height - Theme.touchPatient - 2 * top.spacing
    readonly property bool tells: page.tight && page.truth && page.call.mustTell

    signal chosen(string reason)

    // Another call begins at its first page.
    onVisibleChanged: tiles.page = 0

    Column {
        id: top

        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: parent.top
        spacing: page.tight ? Theme.grid : 2 * Theme.grid

        ReceiptStrip {
            call: page.call
            visible: page.receipts
            width: parent.width
        }
        TruthCard {
            call: page.call
            visible: page.truth && !page.tight
            width: parent.width
        }
        // The question, and once something was touched its answer in the same place.
        Flow {
            spacing: page.tight ? 0 : 2 * Theme.grid
            width: parent.width

            Label {
                id: question

                font.pixelSize: page.tight ? Theme.sizeBody : Theme.sizeHeading
                font.weight: Theme.bold
                objectName: "question"
                text: page.question
                visible: !page.call.answered && !page.tells
                width: Math.min(implicitWidth, top.width)
                wrapMode: Text.Wrap
            }
            Label {
                font.pixelSize: Math.round(Theme.sizeSmall / Theme.crowd)
                font.weight: Theme.semibold
                fontSizeMode: Text.Fit
                height: Math.min(implicitHeight, page.room - (reply.visible ? reply.height : 0))
                minimumPixelSize: Math.round(0.5 * Theme.sizeSmall)
                objectName: "truth"
                text: page.call.truth
                visible: page.tells
                width: Math.min(implicitWidth, top.width)
                wrapMode: Text.Wrap
            }
            Label {
                id: reply

                readonly property bool answers: page.call.answered

                color: answers ? Theme.brand : Theme.muted
                font.pixelSize: answers && !page.tight ? Theme.sizeBody : Math.round(Theme.sizeSmall / Theme.crowd)
                font.weight: answers ? Theme.semibold : Theme.regular
                height: page.tight ? implicitHeight : Math.max(implicitHeight, question.implicitHeight)
                objectName: "answer"
                text: page.call.answer
                visible: answers || !page.tight && Theme.textScale < 1.2
                width: Math.min(implicitWidth, top.width)
                wrapMode: Text.Wrap
            }
        }
    }
    TilePages {
        id: tiles

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: top.bottom
        anchors.topMargin: top.spacing
        iconScale: page.pictures ? 2.6 : 1.9
        moreText: page.moreText
        prefix: "reason-"
        rows: page.call.reasons
        size: page.pictures ? Theme.sizeSmall : Theme.sizeLabel

        onChosen: reason => page.chosen(reason)
    }
}
