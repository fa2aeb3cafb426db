pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// 待处理: calls and alerts in one order. Nothing covers it; what lies above or below is counted.
FocusScope {
    id: queue

    required property StationModel model
    readonly property StationHead head: queue.model.head
    readonly property alias list: list
    // Rows that are not wholly in view.
    readonly property real rowHeight: Theme.length(126)
    property int above: 0
    property int below: 0

    signal beyondLeft

    function takeFocus() {
        queue.forceActiveFocus();
        if (list.currentIndex < 0)
            list.currentIndex = 0;
        const row = list.currentItem as QueueRow;
        if (row !== null)
            row.focusButton(0);
    }
    function step(by: int) {
        list.currentIndex = Math.max(0, Math.min(list.count - 1, list.currentIndex + by));
        queue.takeFocus();
    }

    function recount() {
        // Every row is as high as the next: where one stands is reckoned, not looked up.
        const step = queue.rowHeight + list.spacing;
        const from = list.contentY - list.originY;
        const before = Math.min(list.count, Math.ceil((from - 1) / step));
        const fit = Math.floor((from + list.height + list.spacing + 1) / step);
        queue.above = Math.max(0, before);
        queue.below = Math.max(0, list.count - fit);
    }

    Keys.onDownPressed: queue.step(1)
    Keys.onUpPressed: queue.step(-1)

    TextMetrics {
        id: widest

        font.features: Theme.tabular
        font.pixelSize: Theme.sizeHuge
        font.weight: Theme.black
        text: queue.head.widest === "" ? "00" : queue.head.widest
    }
    Item {
        id: top

        height: Theme.touchStaff + Theme.grid
        width: parent.width

        Label {
            id: title

            anchors.baseline: counts.baseline
            font.pixelSize: Theme.sizeTitle
            font.weight: Theme.black
            text: qsTr("Now")
        }
        Label {
            id: counts

            anchors.left: title.right
            anchors.leftMargin: 2 * Theme.grid
            anchors.right: sound.left
            anchors.rightMargin: Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeBody
            font.weight: Theme.semibold
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.length(16)
            objectName: "queueCounts"
            tabular: true
            text: queue.head.counts
        }
        Row {
            id: sound

            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.grid

            Icon {
                anchors.verticalCenter: parent.verticalCenter
                name: "volume-off"
                size: Theme.sizeBody
                visible: muted.visible
            }
            Label {
                id: muted

                anchors.verticalCenter: parent.verticalCenter
                elide: Text.ElideRight
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.semibold
                fontSizeMode: Text.Fit
                height: top.height
                lineHeight: 0.9
                minimumPixelSize: Theme.length(14)
                objectName: "mutedText"
                tabular: true
                text: queue.head.muted
                visible: text !== ""
                // In two lines: the counts beside it are whole, also where something sounds anew.
                width: (queue.head.alarm === "" ? 0.32 : 0.24) * queue.width
                wrapMode: Text.Wrap
            }
            TouchButton {
                iconName: "volume-off"
                kind: "quiet"
                objectName: "mute"
                text: qsTr("Sound off")
                visible: queue.head.alarm !== ""

                onActivated: queue.model.mute()
            }
        }
    }
    PinnedRow {
        id: pinned

        above: queue.above
        anchors.top: top.bottom
        head: queue.head
        visible: queue.above > 0
        width: parent.width

        onTouched: list.positionViewAtBeginning()
    }
    ListView {
        id: list

        anchors.bottom: more.visible ? more.top : parent.bottom
        anchors.bottomMargin: more.visible ? Theme.gap : 0
        anchors.top: pinned.visible ? pinned.bottom : top.bottom
        anchors.topMargin: pinned.visible ? Theme.gap : 0
        boundsBehavior: Flickable.StopAtBounds
        cacheBuffer: 6 * queue.rowHeight
        clip: true
        interactive: contentHeight > height
        keyNavigationEnabled: false
        model: queue.model.queue
        objectName: "queueList"
        spacing: Theme.gap
        width: parent.width

        onContentHeightChanged: Qt.callLater(queue.recount)
        onContentYChanged: Qt.callLater(queue.recount)
        onCountChanged: Qt.callLater(queue.recount)
        onHeightChanged: Qt.callLater(queue.recount)

        add: Transition {
            NumberAnimation {
                duration: Theme.moving
                easing.type: Theme.easing
                from: 0
                property: "opacity"
                to: 1
            }
        }
        delegate: QueueRow {
            height: queue.rowHeight
            numberWidth: Math.ceil(widest.advanceWidth)
            width: list.width

            onAcceptTouched: queue.model.accept(key)
            onBeyondLeft: queue.beyondLeft()
            onDoneTouched: queue.model.beginDone(key)
            onHandOverTouched: queue.model.beginHandOver(key)
            onLaterTouched: queue.model.beginSnooze(key)
            onOpenTouched: queue.model.openSheet(bedId)
            onReinforceTouched: queue.model.reinforce(key)
        }
        displaced: Transition {
            NumberAnimation {
                duration: Theme.moving
                easing.type: Theme.easing
                property: "y"
            }
            // An interrupted entrance must not leave a row half seen.
            NumberAnimation {
                duration: Theme.moving
                property: "opacity"
                to: 1
            }
        }
        move: Transition {
            NumberAnimation {
                duration: Theme.moving
                easing.type: Theme.easing
                property: "y"
            }
            NumberAnimation {
                duration: Theme.moving
                property: "opacity"
                to: 1
            }
        }
        remove: Transition {
            NumberAnimation {
                duration: Theme.moving
                easing.type: Theme.easing
                property: "opacity"
                to: 0
            }
        }
    }
    JustMoved {
        anchors.fill: list
        place: list.y
    }
    TouchButton {
        id: more

        anchors.bottom: parent.bottom
        iconName: "chevron-double-down"
        kind: "quiet"
        objectName: "queueMore"
        text: qsTr("%1 more below").arg(queue.below)
        visible: queue.below > 0
        width: parent.width

        onActivated: list.contentY = Math.min(list.contentHeight + list.originY - list.height, list.contentY + list.height * 0.8)
    }
    Column {
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.grid
        visible: list.count === 0

        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            color: Theme.muted
            name: queue.model.linkKind === "hub" ? "lan-disconnect" : "check-circle-outline"
            size: 2 * Theme.sizeTitle
        }
        Label {
            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            horizontalAlignment: Text.AlignHCenter
            objectName: "emptyQueue"
            text: queue.head.empty
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Theme.sizeLabel
            horizontalAlignment: Text.AlignHCenter
            text: queue.head.emptyWhy
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
}
