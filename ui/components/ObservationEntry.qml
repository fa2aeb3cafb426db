pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../theme"

// A set of observations by key pad: the fields in the order they are taken, the score as far as it
// goes, and big keys for gloved fingers. Wide, the keys stand beside the fields; else below them.
//
// What is typed is known to the model alone. Keys: digits, point, Backspace, Enter for the next one.
FocusScope {
    id: form

    required property ObservationPad pad
    readonly property bool sent: form.pad.status !== ""
    readonly property bool asked: form.pad.question !== ""

    // The row of the field that is typed.
    property ObservationRow at: null

    focus: true
    objectName: "observationEntry"

    function follow(row: ObservationRow): void {
        if (row === null || !row.current)
            return;
        form.at = row;
        area.show(row.y, row.height);
    }

    Keys.onPressed: event => {
        if (event.key >= Qt.Key_0 && event.key <= Qt.Key_9) {
            form.pad.press(String.fromCharCode(event.key));
        } else if (event.key === Qt.Key_Period || event.key === Qt.Key_Comma) {
            form.pad.press(".");
        } else if (event.key === Qt.Key_Backspace) {
            form.pad.erase();
        } else if (event.key === Qt.Key_Return || event.key === Qt.Key_Enter) {
            form.pad.next();
        } else {
            return;
        }
        event.accepted = true;
    }

    ObservationSizes {
        id: measures

        choosing: form.pad.choosing
        height: form.height
        width: form.width
    }
    // --- whose, which fields, and the score -------------------------------------------------------
    Item {
        id: left

        height: measures.flat ? form.height - block.height - 2 * measures.space : form.height
        visible: !measures.flat || !form.asked
        width: measures.flat ? form.width : form.width - block.width - 2 * measures.space

        Column {
            id: who

            width: measures.flat ? score.x - measures.space : parent.width

            Label {
                font.pixelSize: measures.flat ? measures.tiny : measures.label
                font.weight: Theme.bold
                objectName: "padWho"
                tabular: true
                text: form.pad.who
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: measures.small
                objectName: "padCheck"
                text: form.pad.check
                visible: !measures.flat
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        ScrollArea {
            id: area

            anchors.bottom: measures.flat ? parent.bottom : score.top
            anchors.bottomMargin: measures.flat ? 0 : measures.space
            anchors.left: parent.left
            anchors.top: who.bottom
            anchors.topMargin: measures.space
            contentHeight: list.implicitHeight
            width: measures.flat ? score.x - measures.space : parent.width

            onHeightChanged: form.follow(form.at)

            Column {
                id: list

                spacing: Math.round(Theme.grid / 4)
                width: area.width

                Repeater {
                    id: rows

                    model: form.pad.rows

                    ObservationRow {
                        label: measures.label
                        // As high as there is room for.
                        least: Math.max(measures.least, Math.min(1.4 * measures.least, Math.floor((area.height + list.spacing) / Math.max(1, rows.count)) - list.spacing))
                        small: measures.small
                        width: list.width

                        onCurrentChanged: form.follow(this)
                        onHeightChanged: form.follow(this)
                        onYChanged: form.follow(this)
                        onActivated: form.pad.select(key)
                    }
                }
            }
        }
        ObservationScore {
            id: score

            anchors.bottom: parent.bottom
            pad: form.pad
            room: left.height
            sizes: measures
            width: measures.flat ? Math.round(0.46 * parent.width) : parent.width
            x: parent.width - width
        }
    }
    // --- what is typed now, and the keys ----------------------------------------------------------
    Item {
        id: block

        height: !measures.flat || form.asked ? form.height : keys.height + (form.pad.refusal === "" ? 0 : shown.height + measures.space)
        width: measures.blockWidth
        x: form.width - width
        y: form.height - height

        Column {
            id: shown

            visible: !form.sent
            width: parent.width

            Label {
                font.pixelSize: measures.heading
                font.weight: Theme.bold
                objectName: "padField"
                text: form.asked ? form.pad.question : form.pad.field
                visible: form.asked || !measures.flat
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                font.pixelSize: measures.display
                font.weight: Theme.black
                height: Math.round(1.2 * measures.display)
                objectName: "padValue"
                tabular: true
                text: form.pad.value === "" ? form.pad.unit === "" ? "" : "– – " + form.pad.unit : form.pad.value + " " + form.pad.unit
                visible: !measures.flat && !form.asked && form.pad.refusal === "" && form.pad.choosing === 0
                width: parent.width
            }
            Label {
                color: Theme.muted
                font.pixelSize: measures.small
                objectName: "padBefore"
                tabular: true
                text: form.pad.before
                visible: !measures.flat && !form.asked && form.pad.refusal === "" && text !== ""
                width: parent.width
            }
            Label {
                font.pixelSize: measures.label
                font.weight: Theme.bold
                objectName: "padRefusal"
                text: form.pad.refusal
                visible: !form.asked && text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        ObservationKeys {
            id: keys

            pad: form.pad
            sizes: measures
            visible: !form.sent && !form.asked
            width: parent.width
            y: block.height - height
        }
        // The answers to a question, in place of the keys.
        Grid {
            id: answers

            readonly property int count: Math.ceil((offered.count + (form.pad.leaving ? 0 : 1)) / columns)
            readonly property real line: Math.max(measures.least, Math.min(Math.round(1.5 * measures.least), Math.floor((block.height - shown.height - 2 * measures.space) / Math.max(1, answers.count)) - measures.space))
            readonly property real cell: Math.floor((block.width - (columns - 1) * measures.space) / columns)

            anchors.top: shown.bottom
            anchors.topMargin: 2 * measures.space
            columns: measures.flat ? 2 : 1
            spacing: measures.space
            visible: form.asked && !form.sent

            Repeater {
                id: offered

                model: form.pad.answers

                TouchButton {
                    required property string key
                    required property string name

                    height: answers.line
                    kind: "plain"
                    minimum: measures.least
                    objectName: "answer-" + key
                    size: measures.flat ? measures.small : measures.label
                    stacked: true
                    text: name
                    width: answers.cell

                    onActivated: form.pad.answer(key)
                }
            }
            TouchButton {
                height: answers.line
                kind: "quiet"
                minimum: measures.least
                objectName: "padBack"
                size: measures.flat ? measures.small : measures.label
                text: form.pad.labels.back
                visible: !form.pad.leaving
                width: answers.cell

                onActivated: form.pad.back()
            }
        }
        // What became of it.
        Column {
            anchors.verticalCenter: parent.verticalCenter
            spacing: 2 * measures.space
            visible: form.sent
            width: parent.width

            Label {
                font.pixelSize: measures.heading
                font.weight: Theme.bold
                objectName: "padStatus"
                tabular: true
                text: form.pad.status
                width: parent.width
                wrapMode: Text.Wrap
            }
            TouchButton {
                kind: "primary"
                minimum: Math.round(1.3 * measures.least)
                objectName: "padDone"
                size: measures.label
                text: form.pad.labels.done
                width: block.width

                onActivated: form.pad.leave()
            }
        }
    }
}
