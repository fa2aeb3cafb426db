pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// One question with its answers: to whom, or why. It covers the board, never the queue.
FocusScope {
    id: panel

    required property AskModel question

    signal dismissed

    focus: true

    Component.onCompleted: panel.forceActiveFocus()

    Card {
        anchors.fill: parent
        objectName: "askPanel"
    }
    Label {
        id: title

        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.margin
        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.margin
        font.pixelSize: Theme.sizeTitle
        font.weight: Theme.black
        objectName: "askTitle"
        text: panel.question.title
        wrapMode: Text.Wrap
        y: 1.5 * Theme.margin
    }
    Label {
        id: hint

        anchors.left: title.left
        anchors.right: title.right
        anchors.top: title.bottom
        anchors.topMargin: Theme.grid / 2
        color: Theme.muted
        font.pixelSize: Theme.sizeLabel
        text: panel.question.hint
        wrapMode: Text.Wrap
    }
    GridView {
        id: answers

        // Few answers are sentences, many are names.
        readonly property int perRow: Math.max(1, Math.floor(width / Theme.length(count > 6 ? 260 : 430)))

        anchors.bottom: back.top
        anchors.bottomMargin: Theme.margin
        anchors.left: title.left
        anchors.right: title.right
        anchors.top: hint.bottom
        anchors.topMargin: Theme.margin
        boundsBehavior: Flickable.StopAtBounds
        cellHeight: Theme.length(104)
        cellWidth: Math.floor(width / perRow)
        clip: true
        focus: true
        interactive: contentHeight > height
        keyNavigationEnabled: true
        model: panel.question.answers

        delegate: AnswerButton {
            chosen: GridView.isCurrentItem && answers.activeFocus
            height: answers.cellHeight
            hold: panel.question.hold
            width: answers.cellWidth

            onTouched: panel.question.choose(key)
        }

        // A key cannot be held by mistake as a finger can rest: two of them are needed.
        Keys.onEnterPressed: (answers.currentItem as AnswerButton)?.pressKey()
        Keys.onReturnPressed: (answers.currentItem as AnswerButton)?.pressKey()
    }
    TouchButton {
        id: back

        anchors.bottom: parent.bottom
        anchors.bottomMargin: 1.5 * Theme.margin
        anchors.left: title.left
        kind: "quiet"
        minimum: Theme.length(56)
        objectName: "askCancel"
        text: qsTr("Back")

        onActivated: panel.dismissed()
    }
}
