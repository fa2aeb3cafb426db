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
    // The size of text that a patient chose is not the staff's.
    readonly property real chosen: Theme.role === "bedside" ? Theme.textScale : 1
    readonly property bool wide: form.width > 1.05 * form.height
    readonly property real space: Theme.grid
    readonly property real least: Theme.touchStaff
    readonly property real display: Math.round(Theme.sizeDisplay / form.chosen)
    readonly property real title: Math.round(Theme.sizeTitle / form.chosen)
    readonly property real heading: Math.round(Theme.sizeHeading / form.chosen)
    readonly property real label: Math.round(Theme.sizeLabel / form.chosen)
    readonly property real small: Math.round(Theme.sizeSmall / form.chosen)
    readonly property bool sent: form.pad.status !== ""
    readonly property bool asked: form.pad.question !== ""
    // The block of keys: four columns, four rows.
    readonly property real keysRoom: form.wide ? form.height : 0.5 * form.height
    readonly property real cell: Math.max(form.least, Math.min(Math.round(2.5 * form.least), Math.floor((form.keysRoom - shown.needed - 5 * form.space) / 4)))
    readonly property real blockWidth: form.wide ? Math.max(4 * form.least + 3 * form.space, Math.min(Math.round(0.52 * form.width), 4 * Math.round(2.6 * form.least))) : form.width
    readonly property real column: Math.floor((form.blockWidth - 3 * form.space) / 4)

    focus: true
    objectName: "observationEntry"

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

    // --- whose, which fields, and the score -------------------------------------------------------
    Item {
        id: left

        height: form.wide ? form.height : form.height - block.height - 2 * form.space
        width: form.wide ? form.width - block.width - 2 * form.space : form.width

        Column {
            id: who

            width: parent.width

            Label {
                font.pixelSize: form.label
                font.weight: Theme.bold
                objectName: "padWho"
                tabular: true
                text: form.pad.who
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: form.small
                objectName: "padCheck"
                text: form.pad.check
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        ScrollArea {
            id: area

            anchors.bottom: score.top
            anchors.bottomMargin: form.space
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: who.bottom
            anchors.topMargin: form.space
            contentHeight: list.implicitHeight

            Column {
                id: list

                spacing: Math.round(Theme.grid / 4)
                width: area.width

                Repeater {
                    id: rows

                    model: form.pad.rows

                    ObservationRow {
                        label: form.label
                        // As high as there is room for.
                        least: Math.max(form.least, Math.min(1.4 * form.least, Math.floor((area.height + list.spacing) / Math.max(1, rows.count)) - list.spacing))
                        small: form.small
                        width: list.width

                        onCurrentChanged: {
                            if (current)
                                area.show(y, height);
                        }
                        onTouched: form.pad.select(key)
                    }
                }
            }
        }
        Rectangle {
            id: score

            readonly property color edge: Theme.priorityColor(form.pad.level)

            anchors.bottom: parent.bottom
            border.color: score.edge
            border.width: form.pad.level === "" ? Theme.hairline : Theme.edge
            color: Theme.prioritySoft(form.pad.level)
            height: Math.max(form.least, words.implicitHeight + Theme.grid)
            radius: Theme.radiusSmall
            width: parent.width

            Label {
                id: total

                font.pixelSize: form.display
                font.weight: Theme.black
                height: parent.height
                leftPadding: form.space
                objectName: "padTotal"
                tabular: true
                text: form.pad.total
                verticalAlignment: Text.AlignVCenter
            }
            Column {
                id: words

                anchors.left: total.right
                anchors.leftMargin: 1.5 * form.space
                anchors.right: parent.right
                anchors.rightMargin: form.space
                anchors.verticalCenter: parent.verticalCenter

                Label {
                    font.pixelSize: form.small
                    font.weight: Theme.bold
                    objectName: "padBand"
                    text: form.pad.labels.news2 + " · " + form.pad.band
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Label {
                    font.pixelSize: form.small
                    objectName: "padDue"
                    text: form.pad.due
                    visible: text !== ""
                    width: parent.width
                    wrapMode: Text.Wrap
                }
            }
        }
    }
    // --- what is typed now, and the keys ----------------------------------------------------------
    Item {
        id: block

        height: form.wide ? form.height : shown.height + 4 * form.cell + 4 * form.space
        width: form.blockWidth
        x: form.wide ? form.width - width : 0
        y: form.wide ? 0 : form.height - height

        Column {
            id: shown

            // What stands above the keys whatever is typed.
            readonly property real needed: Math.round(1.4 * form.heading + 1.2 * form.display)

            visible: !form.sent
            width: parent.width

            Label {
                font.pixelSize: form.heading
                font.weight: Theme.bold
                objectName: "padField"
                text: form.asked ? form.pad.question : form.pad.field
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                font.pixelSize: form.display
                font.weight: Theme.black
                height: Math.round(1.2 * form.display)
                objectName: "padValue"
                tabular: true
                text: form.pad.value === "" ? form.pad.unit === "" ? "" : "– – " + form.pad.unit : form.pad.value + " " + form.pad.unit
                visible: !form.asked && form.pad.refusal === "" && form.pad.choosing === 0
                width: parent.width
            }
            Label {
                font.pixelSize: form.label
                font.weight: Theme.bold
                objectName: "padRefusal"
                text: form.pad.refusal
                visible: !form.asked && text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        // Digits, or what is chosen from.
        Item {
            id: keys

            height: 4 * form.cell + 3 * form.space
            visible: !form.sent && !form.asked
            width: parent.width
            y: block.height - height

            Grid {
                // Digits have one order in every script.
                LayoutMirroring.enabled: false
                columns: 3
                objectName: "padKeys"
                spacing: form.space
                visible: form.pad.choosing === 0
                x: form.LayoutMirroring.enabled ? keys.width - width : 0

                Repeater {
                    model: ["1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0", "erase"]

                    TouchButton {
                        required property string modelData
                        readonly property bool digit: modelData.length === 1

                        Accessible.name: digit ? modelData : form.pad.labels.erase
                        activeFocusOnTab: false
                        enabled: modelData !== "." || form.pad.pointed
                        height: form.cell
                        iconName: digit ? "" : "backspace-outline"
                        iconSize: Math.round(1.2 * form.label)
                        kind: digit ? "plain" : "quiet"
                        minimum: form.least
                        objectName: "pad-" + (modelData === "." ? "point" : modelData)
                        size: form.heading
                        text: digit ? modelData : ""
                        width: form.column

                        onActivated: {
                            if (digit)
                                form.pad.press(modelData);
                            else
                                form.pad.erase();
                        }
                    }
                }
            }
            Grid {
                id: choosing

                readonly property real span: 3 * form.column + 2 * form.space
                readonly property int lines: Math.ceil(form.pad.choosing / columns)

                columns: form.pad.choosing > 4 ? 2 : 1
                spacing: form.space
                visible: form.pad.choosing > 0

                Repeater {
                    model: form.pad.choices

                    TouchButton {
                        required property string key
                        required property string name
                        required property bool chosen

                        activeFocusOnTab: false
                        height: Math.floor((keys.height - (choosing.lines - 1) * form.space) / Math.max(2, choosing.lines))
                        kind: chosen ? "soft" : "plain"
                        minimum: form.least
                        objectName: "choice-" + key
                        size: form.small
                        stacked: true
                        text: name
                        width: Math.floor((choosing.span - (choosing.columns - 1) * form.space) / choosing.columns)

                        onActivated: form.pad.press(key)
                    }
                }
            }
            Column {
                spacing: form.space
                x: keys.width - width

                Repeater {
                    model: form.pad.correcting ? ["next", "save"] : ["missed", "all_missed", "next", "save"]

                    TouchButton {
                        required property string modelData

                        activeFocusOnTab: false
                        height: form.pad.correcting ? 2 * form.cell + form.space : form.cell
                        kind: modelData === "save" ? "primary" : modelData === "next" ? "soft" : "quiet"
                        minimum: form.least
                        objectName: "pad-" + modelData
                        size: form.small
                        stacked: true
                        text: form.pad.labels[{
                                "missed": "not_done",
                                "all_missed": "all_not_done",
                                "next": "next_field"
                            }[modelData] ?? modelData]
                        width: form.column

                        onActivated: {
                            switch (modelData) {
                            case "missed":
                                return form.pad.askMissed();
                            case "all_missed":
                                return form.pad.askAllMissed();
                            case "next":
                                return form.pad.next();
                            default:
                                return form.pad.save();
                            }
                        }
                    }
                }
            }
        }
        // The answers to a question, in place of the keys.
        Column {
            id: answers

            readonly property int count: offered.count + (form.pad.leaving ? 0 : 1)
            readonly property real line: Math.max(form.least, Math.min(Math.round(1.5 * form.least), Math.floor((block.height - shown.height - 2 * form.space) / Math.max(1, answers.count)) - form.space))

            anchors.top: shown.bottom
            anchors.topMargin: 2 * form.space
            spacing: form.space
            visible: form.asked && !form.sent
            width: parent.width

            Repeater {
                id: offered

                model: form.pad.answers

                TouchButton {
                    required property string key
                    required property string name

                    height: answers.line
                    kind: "plain"
                    minimum: form.least
                    objectName: "answer-" + key
                    size: form.label
                    stacked: true
                    text: name
                    width: block.width

                    onActivated: form.pad.answer(key)
                }
            }
            TouchButton {
                height: answers.line
                kind: "quiet"
                minimum: form.least
                objectName: "padBack"
                size: form.label
                text: form.pad.labels.back
                visible: !form.pad.leaving
                width: block.width

                onActivated: form.pad.back()
            }
        }
        // What became of it.
        Column {
            anchors.verticalCenter: parent.verticalCenter
            spacing: 2 * form.space
            visible: form.sent
            width: parent.width

            Label {
                font.pixelSize: form.heading
                font.weight: Theme.bold
                objectName: "padStatus"
                tabular: true
                text: form.pad.status
                width: parent.width
                wrapMode: Text.Wrap
            }
            TouchButton {
                kind: "primary"
                minimum: Math.round(1.3 * form.least)
                objectName: "padDone"
                size: form.label
                text: form.pad.labels.done
                width: block.width

                onActivated: form.pad.leave()
            }
        }
    }
}
