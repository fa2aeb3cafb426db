pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "components"
import "door"
import "theme"

// Read from the corridor: room, call, beds, what to put on. Staff mark here that they are in.
Screen {
    id: root

    required property DoorModel model
    readonly property bool portrait: root.height > root.width
    readonly property real side: Math.round(5.5 * Theme.grid)
    readonly property real gap: Math.round(3.5 * Theme.grid)
    readonly property int columns: root.portrait ? 1 : 2

    base: root.model
    height: 1920
    // Neither the lamp is ever covered, nor the bed that calls.
    identifyPlace: root.model.lampPriority === "" ? below : foot
    pickerPlace: below
    width: 1080

    PointHandler {
        onActiveChanged: {
            if (active)
                root.model.touched();
        }
    }
    Item {
        id: stage

        anchors.fill: parent

        DoorHead {
            id: head

            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: parent.top
            height: Math.round((root.portrait ? 0.146 : 0.2) * stage.height)
            model: root.model
        }
        InsideStrip {
            id: inside

            anchors.left: parent.left
            anchors.leftMargin: root.side
            anchors.right: parent.right
            anchors.rightMargin: root.side
            anchors.top: head.bottom
            anchors.topMargin: Math.round(0.5 * root.gap)
            height: needed
            model: root.model
        }
        Item {
            id: place

            readonly property int rows: Math.max(1, Math.ceil(beds.count / root.columns))
            readonly property int lit: {
                let found = 0;
                for (let i = 0; i < beds.count; i++) {
                    const each = beds.itemAt(i) as BedCard;
                    if (each && each.lit)
                        found = Math.max(found, each.footHeight);
                }
                return found;
            }
            readonly property real cell: Math.floor((place.width - (root.columns - 1) * root.gap) / root.columns)
            // As high as drawn where there is room; lower where there are many beds.
            readonly property real cellHeight: Math.min(Math.round((root.portrait ? 0.122 : 0.25) * stage.height), Math.floor((place.height - place.extra - (place.rows - 1) * root.gap) / place.rows))
            readonly property real extra: place.extraUpTo(beds.count)
            readonly property real footRoom: Math.floor(0.4 * (place.height - (place.rows - 1) * root.gap) / place.rows)

            property bool laid: false

            // By a bed that came, or by a call: behind a panel nobody touches them.
            function moved() {
                if (place.laid && place.visible)
                    settled.hold();
            }
            // How much the calls' feet in the rows before `index` add.
            function extraUpTo(index: int): real {
                let sum = 0;
                for (let row = 0; row * root.columns < index; row++) {
                    let most = 0;
                    for (let i = row * root.columns; i < Math.min((row + 1) * root.columns, index); i++) {
                        const each = beds.itemAt(i) as BedCard;
                        if (each)
                            most = Math.max(most, each.footHeight);
                    }
                    sum += most;
                }
                return sum;
            }

            anchors.bottom: sentences.empty ? foot.top : sentences.top
            anchors.bottomMargin: root.gap
            anchors.left: parent.left
            anchors.leftMargin: root.side
            anchors.right: parent.right
            anchors.rightMargin: root.side
            anchors.top: inside.bottom
            anchors.topMargin: Math.round(0.5 * root.gap)
            visible: !root.model.panel.open

            // What is laid out when the window has its size was nowhere before.
            onHeightChanged: {
                if (place.height > 0)
                    Qt.callLater(() => place.laid = true);
            }

            Repeater {
                id: beds

                model: root.model.beds

                BedCard {
                    id: card

                    required property int index
                    readonly property int row: Math.floor(card.index / root.columns)

                    footRoom: place.footRoom
                    height: place.cellHeight + card.footHeight
                    objectName: "bed-" + card.key
                    width: place.cell
                    x: (card.index % root.columns) * (place.cell + root.gap)
                    y: card.row * (place.cellHeight + root.gap) + place.extraUpTo(card.row * root.columns)

                    onHeightChanged: place.moved()
                    onXChanged: place.moved()
                    onYChanged: place.moved()

                    onTouched: root.model.touchBed(card.key)
                }
            }
            Label {
                anchors.centerIn: parent
                color: Theme.muted
                font.pixelSize: Theme.sizeTitle
                objectName: "empty"
                text: root.model.emptyText
                visible: text !== ""
                width: Math.min(implicitWidth, parent.width)
                wrapMode: Text.Wrap
            }
        }
        // In place of the beds; the lamp above and the ward's next call go on.
        Loader {
            id: below

            active: root.model.panel.open
            anchors.bottom: parent.bottom
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: inside.bottom
            z: 1

            sourceComponent: DoorPanel {
                model: root.model
            }
        }
        SentenceCard {
            id: sentences

            anchors.bottom: foot.top
            anchors.bottomMargin: Math.round(0.7 * root.gap)
            anchors.left: parent.left
            anchors.leftMargin: root.side
            anchors.right: parent.right
            anchors.rightMargin: root.side
            height: needed
            model: root.model
            most: 0.22 * stage.height
            visible: !empty && !root.model.panel.open
        }
        Item {
            id: foot

            anchors.bottom: parent.bottom
            anchors.bottomMargin: Math.round(0.6 * root.gap)
            anchors.left: parent.left
            anchors.leftMargin: root.side
            anchors.right: parent.right
            anchors.rightMargin: root.side
            height: Math.max(time.implicitHeight, ward.implicitHeight)
            visible: !root.model.panel.open

            Label {
                id: ward

                anchors.left: parent.left
                anchors.right: asOf.left
                anchors.rightMargin: 3 * Theme.grid
                anchors.verticalCenter: parent.verticalCenter
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                objectName: "ward"
                text: root.model.wardName
                wrapMode: Text.Wrap
            }
            Label {
                id: asOf

                anchors.right: time.left
                anchors.rightMargin: 2 * Theme.grid
                anchors.verticalCenter: parent.verticalCenter
                color: Theme.muted
                font.pixelSize: Theme.sizeSmall
                objectName: "asOf"
                tabular: true
                text: root.model.asOfText
            }
            Label {
                id: time

                anchors.right: parent.right
                anchors.verticalCenter: parent.verticalCenter
                font.pixelSize: Theme.sizeBody
                font.weight: Theme.bold
                objectName: "time"
                tabular: true
                text: root.model.timeText
            }
        }
        // The banners come and go by themselves, as does who is inside, and all below them moves; a
        // call moves the beds among themselves.
        JustMoved {
            id: settled

            anchors.fill: parent
            place: root.page.y + inside.height
            z: 3
        }
    }
}
