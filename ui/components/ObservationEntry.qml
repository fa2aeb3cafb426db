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
    readonly property real space: Theme.grid
    readonly property real least: Theme.touchStaff
    readonly property real display: Math.round(Theme.sizeDisplay / form.chosen)
    readonly property real title: Math.round(Theme.sizeTitle / form.chosen)
    readonly property real heading: Math.round(Theme.sizeHeading / form.chosen)
    readonly property real label: Math.round(Theme.sizeLabel / form.chosen)
    readonly property real small: Math.round(Theme.sizeSmall / form.chosen)
    readonly property real tiny: Math.round(0.8 * form.small)
    readonly property bool sent: form.pad.status !== ""
    readonly property bool asked: form.pad.question !== ""
    // Beside the keys, or (a small panel) above them and only the field at hand in sight.
    readonly property bool flat: form.width - (4 * form.least + 5 * form.space) < 10.5 * form.small
    readonly property int columns: form.flat ? 6 : 4
    readonly property int lines: form.flat ? 3 : 4
    readonly property real most: Math.round(2.5 * form.least)
    readonly property real cell: form.flat ? form.least : Math.max(form.least, Math.min(form.most, Math.floor((form.height - shown.needed - 5 * form.space) / 4)))
    readonly property real blockWidth: form.flat ? form.width : Math.max(4 * form.least + 3 * form.space, Math.min(Math.round(0.5 * form.width), 4 * form.most))
    readonly property real column: Math.floor((form.blockWidth - (form.columns - 1) * form.space) / form.columns)
    // Where a word fits beside what is chosen from, the verbs keep their place; else they follow it.
    readonly property bool apart: form.pad.choosing === 0 || form.column > 5.2 * form.small
    readonly property real verb: Math.round((form.column > 5.2 * form.small ? 1 : 0.8) * form.small)

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

    // --- whose, which fields, and the score -------------------------------------------------------
    Item {
        id: left

        height: form.flat ? form.height - block.height - 2 * form.space : form.height
        visible: !form.flat || !form.asked
        width: form.flat ? form.width : form.width - block.width - 2 * form.space

        Column {
            id: who

            width: form.flat ? score.x - form.space : parent.width

            Label {
                font.pixelSize: form.flat ? form.tiny : form.label
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
                visible: !form.flat
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        ScrollArea {
            id: area

            anchors.bottom: form.flat ? parent.bottom : score.top
            anchors.bottomMargin: form.flat ? 0 : form.space
            anchors.left: parent.left
            anchors.top: who.bottom
            anchors.topMargin: form.space
            contentHeight: list.implicitHeight
            width: form.flat ? score.x - form.space : parent.width

            onHeightChanged: form.follow(form.at)

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

                        onCurrentChanged: form.follow(this)
                        onHeightChanged: form.follow(this)
                        onYChanged: form.follow(this)
                        onActivated: form.pad.select(key)
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
            width: form.flat ? Math.round(0.46 * parent.width) : parent.width
            x: parent.width - width

            Label {
                id: total

                font.pixelSize: form.flat ? form.heading : form.display
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
                    id: band

                    font.pixelSize: form.flat ? form.tiny : form.small
                    font.weight: Theme.bold
                    objectName: "padBand"
                    text: "NEWS2 · " + form.pad.band
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Label {
                    // On a small panel no more than there is room for.
                    font.pixelSize: form.flat ? form.tiny : form.small
                    fontSizeMode: form.flat ? Text.Fit : Text.FixedSize
                    height: form.flat ? Math.min(implicitHeight, left.height - band.height - Theme.grid) : implicitHeight
                    minimumPixelSize: Math.round(0.6 * form.tiny)
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

        height: !form.flat || form.asked ? form.height : keys.height + (form.pad.refusal === "" ? 0 : shown.height + form.space)
        width: form.blockWidth
        x: form.width - width
        y: form.height - height

        Column {
            id: shown

            // What stands above the keys whatever is typed.
            readonly property real needed: Math.round(1.4 * form.heading + 1.2 * form.display + 1.4 * form.small)

            visible: !form.sent
            width: parent.width

            Label {
                font.pixelSize: form.heading
                font.weight: Theme.bold
                objectName: "padField"
                text: form.asked ? form.pad.question : form.pad.field
                visible: form.asked || !form.flat
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
                visible: !form.flat && !form.asked && form.pad.refusal === "" && form.pad.choosing === 0
                width: parent.width
            }
            Label {
                color: Theme.muted
                font.pixelSize: form.small
                objectName: "padBefore"
                tabular: true
                text: form.pad.before
                visible: !form.flat && !form.asked && form.pad.refusal === "" && text !== ""
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

            height: form.lines * form.cell + (form.lines - 1) * form.space
            visible: !form.sent && !form.asked
            width: parent.width
            y: block.height - height

            Grid {
                // Digits have one order in every script.
                LayoutMirroring.enabled: false
                columns: form.flat ? 4 : 3
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

                readonly property real span: form.apart ? (form.columns - 1) * form.column + (form.columns - 2) * form.space : keys.width
                readonly property var verbs: form.apart ? [] : form.pad.correcting || form.pad.current === "oxygen_device" ? ["next", "save"] : ["missed", "next", "save"]
                readonly property int count: form.pad.choosing + choosing.verbs.length
                readonly property int lines: Math.max(2, Math.ceil(choosing.count / columns))
                readonly property real line: Math.floor((keys.height - (choosing.lines - 1) * form.space) / choosing.lines)
                readonly property real cell: Math.floor((choosing.span - (choosing.columns - 1) * form.space) / choosing.columns)

                columns: form.flat ? 3 : choosing.count > 4 ? 2 : 1
                spacing: form.space
                visible: form.pad.choosing > 0

                Repeater {
                    model: form.pad.choices

                    TouchButton {
                        required property string key
                        required property string name
                        required property bool chosen

                        activeFocusOnTab: false
                        height: choosing.line
                        kind: chosen ? "soft" : "plain"
                        minimum: form.least
                        objectName: "choice-" + key
                        size: form.verb
                        stacked: true
                        text: name
                        width: choosing.cell

                        onActivated: form.pad.press(key)
                    }
                }
                Repeater {
                    model: choosing.verbs

                    ObservationVerb {
                        required property string modelData

                        height: choosing.line
                        minimum: form.least
                        pad: form.pad
                        size: form.verb
                        verb: modelData
                        width: choosing.cell
                    }
                }
            }
            Grid {
                id: verbs

                columns: form.flat && !form.pad.correcting ? 2 : 1
                spacing: form.space
                visible: form.apart
                x: keys.width - width

                Repeater {
                    id: offeredVerbs

                    model: form.pad.correcting ? ["next", "save"] : ["missed", "all_missed", "next", "save"]

                    ObservationVerb {
                        required property string modelData
                        readonly property int lines: offeredVerbs.count / verbs.columns

                        height: Math.floor((keys.height - (lines - 1) * form.space) / lines)
                        minimum: form.least
                        pad: form.pad
                        size: form.verb
                        verb: modelData
                        width: form.column
                    }
                }
            }
        }
        // The answers to a question, in place of the keys.
        Grid {
            id: answers

            readonly property int count: Math.ceil((offered.count + (form.pad.leaving ? 0 : 1)) / columns)
            readonly property real line: Math.max(form.least, Math.min(Math.round(1.5 * form.least), Math.floor((block.height - shown.height - 2 * form.space) / Math.max(1, answers.count)) - form.space))
            readonly property real cell: Math.floor((block.width - (columns - 1) * form.space) / columns)

            anchors.top: shown.bottom
            anchors.topMargin: 2 * form.space
            columns: form.flat ? 2 : 1
            spacing: form.space
            visible: form.asked && !form.sent

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
                    size: form.flat ? form.small : form.label
                    stacked: true
                    text: name
                    width: answers.cell

                    onActivated: form.pad.answer(key)
                }
            }
            TouchButton {
                height: answers.line
                kind: "quiet"
                minimum: form.least
                objectName: "padBack"
                size: form.flat ? form.small : form.label
                text: form.pad.labels.back
                visible: !form.pad.leaving
                width: answers.cell

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
