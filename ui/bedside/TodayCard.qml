pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The patient's day: what is done, what comes next, and fasting. Shows whole lines only.
Card {
    id: card

    required property BedsideModel model
    // Little room: the lines speak for themselves.
    property bool tight: false
    // What the drip's card has no room for comes after the day.
    property string drip
    readonly property real pad: Math.round((card.tight ? 1 : 2) * Theme.grid)

    Row {
        id: head

        anchors.left: parent.left
        anchors.leftMargin: 2 * card.pad
        anchors.right: parent.right
        anchors.rightMargin: card.pad + (speak.visible ? speak.width : 0)
        anchors.top: parent.top
        anchors.topMargin: card.pad
        height: visible ? word.implicitHeight : 0
        spacing: Theme.grid
        visible: !(Theme.textScale > 1.2 && (Theme.crowded || card.model.fastingText !== ""))

        Icon {
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.brand
            name: "calendar-clock"
            size: Math.round(Theme.sizeBody * 1.2)
        }
        Label {
            id: word

            anchors.verticalCenter: parent.verticalCenter
            color: Theme.brand
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.semibold
            text: card.model.labels.today
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.muted
            font.pixelSize: Theme.sizeSmall
            objectName: "planAsOf"
            tabular: true
            text: card.model.planAsOf
            visible: text !== "" && implicitWidth < head.width - word.implicitWidth - 8 * Theme.grid
        }
    }
    ReadAloud {
        id: speak

        anchors.right: parent.right
        anchors.rightMargin: card.pad
        anchors.top: parent.top
        anchors.topMargin: Math.round(0.9 * card.pad)
        label: card.model.labels.readAloud
        objectName: "readAloudToday"
        visible: card.model.canReadAloud && head.visible
        z: 1

        onTouched: card.model.readAloud("today")
    }
    Item {
        id: rows

        anchors.bottom: parent.bottom
        anchors.bottomMargin: card.pad
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: head.bottom
        anchors.topMargin: Math.round(Theme.grid * 0.75)
        visible: card.model.personal

        Rectangle {
            id: fasting

            anchors.left: parent.left
            anchors.leftMargin: Math.round(0.9 * card.pad)
            anchors.right: parent.right
            anchors.rightMargin: Math.round(0.9 * card.pad)
            border.color: Theme.ink
            border.width: Theme.hairline
            color: Theme.surface
            height: visible ? fastingText.implicitHeight + 2 * Theme.grid : 0
            radius: Theme.radiusSmall
            visible: card.model.fastingText !== ""

            Icon {
                id: fastingMark

                anchors.left: parent.left
                anchors.leftMargin: 2 * Theme.grid
                anchors.verticalCenter: parent.verticalCenter
                name: "food-off-outline"
                size: Theme.sizeBody
            }
            Label {
                id: fastingText

                anchors.left: fastingMark.right
                anchors.leftMargin: 2 * Theme.grid
                anchors.right: parent.right
                anchors.rightMargin: 2 * Theme.grid
                anchors.verticalCenter: parent.verticalCenter
                font.pixelSize: Theme.sizeSmall
                font.weight: Theme.semibold
                objectName: "fastingText"
                text: card.model.fastingText
                wrapMode: Text.Wrap
            }
        }
        Flickable {
            id: flick

            anchors.bottom: more.visible ? more.top : parent.bottom
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: fasting.bottom
            anchors.topMargin: fasting.visible ? Theme.grid : 0
            boundsBehavior: Flickable.StopAtBounds
            clip: true
            contentHeight: lines.implicitHeight
            contentWidth: width
            interactive: lines.implicitHeight > rows.height - fasting.height

            // What comes next stays in sight, with what was before it.
            function follow() {
                const next = repeater.itemAt(card.model.nextIndex);
                const before = repeater.itemAt(card.model.nextIndex - 1);
                const end = Math.max(0, flick.contentHeight - flick.height);
                if (!next || end === 0)
                    flick.contentY = 0;
                else
                    flick.contentY = Math.min(end, before && before.height + next.height <= flick.height ? before.y : next.y);
            }

            onContentHeightChanged: Qt.callLater(flick.follow)
            onHeightChanged: Qt.callLater(flick.follow)

            Connections {
                function onHomeChanged() {
                    Qt.callLater(flick.follow);
                }

                target: card.model
            }
            Column {
                id: lines

                width: parent.width

                Repeater {
                    id: repeater

                    model: card.model.plan

                    PlanLine {
                        id: line

                        required property int index
                        readonly property bool whole: y - flick.contentY > -1 && y + height - flick.contentY < flick.height + 1 || height > flick.height

                        inset: Math.round(0.9 * card.pad)
                        objectName: "plan-" + line.index
                        opacity: line.whole ? 1 : 0
                        width: lines.width
                    }
                }
                Label {
                    id: drip

                    readonly property bool whole: y - flick.contentY > -1 && y + height - flick.contentY < flick.height + 1

                    color: Theme.muted
                    font.pixelSize: Theme.sizeSmall
                    leftPadding: 2 * card.pad
                    objectName: "dripWords"
                    opacity: drip.whole ? 1 : 0
                    rightPadding: 2 * card.pad
                    text: card.drip
                    topPadding: card.pad
                    visible: card.drip !== ""
                    width: lines.width
                    wrapMode: Text.Wrap
                }
            }
        }
        Row {
            id: more

            readonly property int hidden: {
                let below = drip.visible && !drip.whole ? 1 : 0;
                for (let i = 0; i < repeater.count; i++) {
                    const each = repeater.itemAt(i) as PlanLine;
                    if (each && each.y + each.height - flick.contentY > flick.height + 1)
                        below++;
                }
                return below;
            }

            anchors.bottom: parent.bottom
            anchors.horizontalCenter: parent.horizontalCenter
            opacity: more.hidden > 0 ? 1 : 0
            spacing: Theme.grid
            visible: lines.implicitHeight > rows.height - (fasting.visible ? fasting.height + Theme.grid : 0)

            Icon {
                anchors.verticalCenter: parent.verticalCenter
                color: Theme.brand
                name: "chevron-down"
                size: Math.round(Theme.sizeLabel * (Theme.crowded ? 0.7 : 1))
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                objectName: "planMore"
                text: card.model.labels.moreBelow
                visible: !Theme.crowded
            }
        }
    }
    Label {
        anchors.left: parent.left
        anchors.leftMargin: 2 * card.pad
        anchors.right: parent.right
        anchors.rightMargin: 2 * card.pad
        anchors.top: head.bottom
        anchors.topMargin: card.pad + (fasting.visible ? fasting.height : 0)
        color: Theme.muted
        objectName: "planEmpty"
        text: card.model.emptyText
        visible: card.model.personal && text !== ""
        wrapMode: Text.Wrap
    }
}
