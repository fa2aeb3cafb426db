pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "bedside"
import "beds"
import "components"
import "theme"

// The patient's screen. One call button for all pages: it never moves, hides or scrolls away.
Screen {
    id: root

    required property BedsideModel model
    readonly property bool portrait: root.height > root.width
    readonly property string pageName: root.model.page
    readonly property real margin: Theme.margin
    readonly property real gap: Theme.touchPatientGap
    readonly property bool large: root.model.textScale > 1.2
    readonly property bool home: root.pageName === "home"
    readonly property bool calling: root.pageName === "call"
    // Where things are: bottom row, call button, page, and what stands beside the page.
    readonly property real rowHeight: tiles.needed
    readonly property real sideWidth: root.portrait ? root.width - 2 * root.margin : Math.round(0.403 * root.width)
    readonly property real callHeight: Math.round((root.portrait ? 0.17 : 0.3) * root.height)
    // What does not fit beside the page goes into it.
    readonly property bool truthBeside: !root.portrait && truth.implicitHeight <= side.room
    readonly property bool dripBeside: root.portrait ? !root.large : dripProbe.needed <= side.room
    readonly property bool dripBriefly: dripProbe.needed - dripProbe.adviceHeight <= side.room
    readonly property real edge: Math.round(0.8 * root.margin)

    base: root.model
    height: 800
    // The call button stays in reach.
    pickerPlace: main
    width: 1280

    // Bedside panels of 1024 to 1280 pixels measure about ten inches.
    Binding {
        property: "diagonal"
        target: Theme
        value: Math.max(root.width, root.height) <= 1280 ? 10.1 : 0
    }
    PointHandler {
        onActiveChanged: {
            if (active)
                root.model.touched();
        }
    }
    Item {
        id: stage

        anchors.fill: parent

        Item {
            id: pages

            anchors.fill: parent
            visible: !root.model.resting

            Head {
                id: head

                anchors.left: parent.left
                anchors.leftMargin: root.margin
                anchors.right: parent.right
                anchors.rightMargin: root.margin
                anchors.top: parent.top
                anchors.topMargin: Math.round(root.margin * 0.5)
                date: root.model.dateText
                subtitle: root.calling ? root.model.call.subtitle : root.model.subtitle
                shortSubtitle: root.model.bedText
                time: root.model.timeText
                title: root.calling ? root.model.call.title : root.model.title
            }
            ReceiptStrip {
                id: strip

                anchors.left: parent.left
                anchors.leftMargin: root.margin
                anchors.right: parent.right
                anchors.rightMargin: root.large ? stage.width - callButton.x + root.gap : root.margin
                anchors.top: head.bottom
                anchors.topMargin: 2 * Theme.grid
                call: root.model.call
                visible: root.calling && !root.portrait
            }
            // A page comes in; the call button beside it stands still.
            NumberAnimation {
                id: entrance

                duration: Theme.moving
                easing.type: Theme.easing
                from: 0.2
                property: "opacity"
                target: main
                to: 1
            }
            Connections {
                function onPageChanged() {
                    entrance.restart();
                }

                target: root.model
            }
            // The page's own place.
            Item {
                id: main

                readonly property real startY: (strip.visible ? strip.y + strip.height : head.y + head.height) + Math.round(2.5 * Theme.grid)
                readonly property real endY: root.portrait ? side.visible && root.home ? side.y - 2 * Theme.grid : callButton.y - root.gap : root.home ? callButton.y + callButton.height : stage.height - root.edge

                height: Math.max(0, main.endY - main.startY)
                width: root.portrait ? stage.width - 2 * root.margin : callButton.x - root.margin - (root.home ? root.margin : root.gap)
                x: root.margin
                y: main.startY

                TodayCard {
                    anchors.fill: parent
                    model: root.model
                    visible: root.home && root.model.message === ""
                    drip: !root.model.drip.running || root.dripBeside ? "" : root.dripBriefly ? root.model.dripAdvice : root.model.dripWords
                }
                MessageCard {
                    anchors.fill: parent
                    detail: root.model.messageDetail
                    iconName: root.model.vacant ? "bed-empty" : "alert-circle-outline"
                    text: root.model.message
                    visible: root.home && root.model.message !== ""
                }
                CallPage {
                    anchors.fill: parent
                    call: root.model.call
                    question: root.model.labels.question
                    receipts: root.portrait
                    truth: !root.truthBeside && (root.model.call.warning || Theme.textScale < 1.2)
                    visible: root.calling

                    onChosen: reason => root.model.chooseReason(reason)
                }
                Loader {
                    active: root.pageName === "care"
                    anchors.fill: parent

                    sourceComponent: CarePage {
                        model: root.model
                    }
                }
                Loader {
                    active: root.pageName === "team"
                    anchors.fill: parent

                    sourceComponent: TeamPage {
                        model: root.model
                    }
                }
                Loader {
                    active: root.pageName === "comfort"
                    anchors.fill: parent

                    sourceComponent: ComfortPage {
                        model: root.model
                    }
                }
                Loader {
                    active: root.pageName === "staff"
                    anchors.fill: parent

                    sourceComponent: StaffPanelView {
                        labels: root.model.labels
                        names: root.model.staff
                        panel: root.model.panel
                    }
                }
            }
            // Beside the page: the drip, or the truth about the call.
            Item {
                id: side

                readonly property real room: callButton.y - 2 * Theme.grid - main.startY

                height: root.portrait ? dripCard.needed : side.room
                visible: root.portrait ? root.home && root.model.personal : true
                width: root.sideWidth
                x: callButton.x
                y: root.portrait ? callButton.y - root.gap - dripCard.needed : main.startY

                DripCard {
                    id: dripCard

                    advice: root.model.drip.running
                    anchors.left: parent.left
                    anchors.right: parent.right
                    drip: root.model.drip
                    brief: !root.dripBeside
                    compact: !root.dripBeside && !root.dripBriefly
                    height: Math.max(needed, parent.height)
                    speaks: speakDrip.visible
                    title: root.model.labels.drip
                    // With no room even for the time alone it stands among the day's lines. Not by
                    // `visible`: what is hidden has another height, and that would come and go.
                    opacity: root.portrait || needed <= side.room + 1 ? 1 : 0
                    visible: !root.calling && root.model.personal
                }
                SpeakArea {
                    id: speakDrip

                    label: root.model.labels.readAloud
                    objectName: "readAloudDrip"
                    visible: root.model.canReadAloud && root.model.personal && !root.calling && (root.dripBeside || root.dripBriefly) && dripCard.height >= height + root.gap
                    width: parent.width

                    onTouched: root.model.readAloud("drip")
                }
                DripCard {
                    id: dripProbe

                    advice: true
                    drip: root.model.drip
                    title: root.model.labels.drip
                    visible: false
                    width: parent.width
                }
                TruthCard {
                    id: truth

                    anchors.left: parent.left
                    anchors.right: parent.right
                    call: root.model.call
                    height: Math.max(implicitHeight, parent.height)
                    visible: root.calling && root.truthBeside
                }
            }
            Item {
                id: row

                height: root.rowHeight
                width: root.home || root.portrait ? stage.width - 2 * root.margin : callButton.width
                x: root.home || root.portrait ? root.margin : callButton.x
                y: stage.height - root.edge - row.height

                // Always as broad as at home, so that its height is the same on every page.
                HomeTiles {
                    id: tiles

                    height: row.height
                    model: root.model
                    visible: root.home
                    width: stage.width - 2 * root.margin
                }
                Row {
                    anchors.fill: parent
                    spacing: root.gap
                    visible: !root.home

                    Tile {
                        flat: true
                        height: row.height
                        objectName: "mistake"
                        size: Theme.sizeSmall
                        text: root.model.call.mistake
                        tone: "quiet"
                        visible: root.calling && !root.model.call.mistakeSaid
                        width: Math.floor((row.width - root.gap) / 2)

                        onTouched: root.model.sayMistake()
                    }
                    Label {
                        color: Theme.muted
                        font.pixelSize: Theme.sizeSmall
                        height: row.height
                        objectName: "mistakeSaid"
                        text: root.model.call.mistake
                        visible: root.calling && root.model.call.mistakeSaid
                        width: Math.floor((row.width - root.gap) / 2)
                        wrapMode: Text.Wrap
                    }
                    Tile {
                        flat: true
                        height: row.height
                        iconName: "arrow-left"
                        objectName: "back"
                        text: root.model.labels.back
                        width: root.calling ? Math.floor((row.width - root.gap) / 2) : row.width

                        onTouched: root.model.back()
                    }
                }
            }
        }
        RestOverlay {
            anchors.fill: parent
            hint: root.model.labels.restHint
            time: root.model.timeText
            visible: root.model.resting

            onWoken: root.model.wake()
        }
        CallButton {
            id: callButton

            brief: root.model.call.open && !root.calling ? root.model.call.brief : ""
            height: root.callHeight
            objectName: "callButton"
            resting: root.model.resting
            text: root.model.call.open ? root.model.labels.again : root.model.labels.call
            width: root.sideWidth
            x: stage.width - root.margin - callButton.width
            y: stage.height - root.edge - root.rowHeight - root.gap - callButton.height

            onPlaced: root.model.placeCall()
        }
    }
}
