pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "bedside"
import "components"
import "theme"

// The patient's screen. One call button for all pages: it never moves, hides or scrolls away. Call
// and main controls stand on the side of the hand that reaches them.
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
    readonly property bool pin: root.pageName === "pin"
    readonly property bool asking: root.pageName === "question" && root.model.askedThanks === ""
    // A small panel, or large letters on a middling one: each thing is said once.
    readonly property bool tight: !root.portrait && root.height < (root.large ? 7.4 : 5.4) * Theme.touchPatient
    // So it is after a call with large letters, or while a link is broken: its sentence tells of that.
    readonly property bool callTight: root.tight || root.large || !root.portrait && root.model.linkText !== "" && root.height < 7.4 * Theme.touchPatient
    // Where things are: bottom row, call button, page, and what stands beside the page.
    readonly property real rowHeight: tiles.needed
    readonly property real sideWidth: root.portrait ? root.width - 2 * root.margin : Math.round((root.tight ? 0.37 : 0.403) * root.width)
    readonly property real callHeight: Math.max(Theme.touchPatient, Math.round((root.portrait ? 0.17 : root.tight && !root.large ? 0.25 : 0.3) * root.height))
    readonly property real edge: Math.round(0.8 * root.margin)
    readonly property var where: Theme.crowded ? root.model.orientationBriefly : root.model.orientation
    readonly property bool lost: root.model.orientation.length > 0

    base: root.model
    blockPlace: blocked
    blockTruth: root.model.call.open ? root.model.call.truth : ""
    height: 800
    // With a call open the page tells of it: the name of the screen stands in the head alone.
    identifyPlace: root.model.call.open && !root.model.silent ? head : picker
    pickerPlace: root.model.silent ? null : picker
    showBanner: false
    width: 1280

    PointHandler {
        onActiveChanged: {
            if (active)
                root.model.touched();
        }
    }
    Connections {
        enabled: root.model.waking
        target: root

        function onFrameSwapped() {
            root.model.drawn();
        }
    }
    Connections {
        target: root

        function onActiveFocusItemChanged() {
            spoken.focused(root.activeFocusItem);
        }
    }
    Column {
        id: notes

        anchors.left: parent.left
        anchors.right: parent.right
        // Nothing is said beside a silent bed; the digits of a PIN need the height, and where there
        // is little of it the page of a call says itself what is broken.
        visible: !root.model.resting && !root.model.silent && !root.pin && !(root.calling && root.callTight)

        NoteLine {
            iconName: "bed"
            objectName: "kindWord"
            text: root.model.kindText
            warm: true
            width: parent.width
        }
        NoteLine {
            iconName: root.model.linkKind === "his" ? "cloud-alert" : "lan-disconnect"
            objectName: "linkBanner"
            text: root.model.linkText
            width: parent.width
        }
        NoteLine {
            iconName: "phone-alert-outline"
            objectName: "wireLost"
            text: root.model.wireText
            width: parent.width
        }
        NoteLine {
            iconName: "alert-circle-outline"
            objectName: "faultBanner"
            small: true
            text: root.model.faultText
            width: parent.width
        }
    }
    Item {
        id: stage

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: notes.visible ? notes.bottom : parent.top

        Item {
            id: pages

            anchors.fill: parent
            visible: !root.model.resting && !root.model.silent && root.model.blockTitle === ""

            Head {
                id: head

                anchors.top: parent.top
                anchors.topMargin: Math.round(root.margin * 0.5)
                brief: root.large && (root.calling ? root.callTight : Theme.crowded)
                clock: !root.pin
                date: root.model.dateText
                orientation: root.pin ? [] : root.home ? root.where.slice(1) : root.where
                receipts: root.calling && root.callTight ? root.model.call.receipts : null
                shortSubtitle: root.model.bedText
                subtitle: root.calling ? root.model.call.subtitle : root.asking ? root.model.labels.askedHint : root.pin ? "" : root.model.subtitle
                time: root.model.timeText
                title: root.calling ? root.model.call.title : root.pin ? root.model.pin.shown || root.model.pin.title : root.asking ? root.model.askedTitle : root.lost && root.home ? root.where[0] ?? "" : root.model.title
                width: root.pin && !root.portrait ? main.width : stage.width - 2 * root.margin
                x: root.pin ? main.x : root.margin
            }
            ReceiptStrip {
                id: strip

                anchors.top: head.bottom
                anchors.topMargin: 2 * Theme.grid
                call: root.model.call
                visible: root.calling && !root.portrait && !root.callTight
                width: root.large ? main.width : stage.width - 2 * root.margin
                x: root.large ? main.x : root.margin
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
            Pages {
                id: main

                readonly property real startY: (strip.visible ? strip.y + strip.height : head.y + head.height) + Math.round((root.tight ? 1 : 2.5) * Theme.grid)
                readonly property real endY: root.portrait ? side.visible && root.home ? side.y - 2 * Theme.grid : callButton.y - root.gap : root.home ? callButton.y + callButton.height : stage.height - root.edge
                readonly property real space: root.home && !root.tight ? root.margin : root.gap

                drip: !root.model.drip.running || side.dripFits ? "" : side.dripFitsBriefly ? root.model.dripAdvice : root.model.dripWords
                height: Math.max(0, main.endY - main.startY)
                model: root.model
                portrait: root.portrait
                callTight: root.callTight
                tight: root.tight
                truth: !side.truthFits && (root.model.call.mustTell || Theme.textScale < 1.2)
                width: root.portrait ? stage.width - 2 * root.margin : stage.width - 2 * root.margin - root.sideWidth - main.space
                x: root.portrait || !root.model.callLeft ? root.margin : root.margin + root.sideWidth + main.space
                y: main.startY
            }
            SideCards {
                id: side

                readonly property real startY: root.pin ? head.y : main.startY

                brief: root.large
                height: root.portrait ? side.needed : side.room
                model: root.model
                portrait: root.portrait
                room: callButton.y - (root.pin ? root.gap : 2 * Theme.grid) - side.startY
                visible: root.portrait ? root.home && root.model.personal : true
                width: root.sideWidth
                x: callButton.x
                y: root.portrait ? callButton.y - root.gap - side.needed : side.startY
            }
            // Always as broad as at home, so that its height is the same on every page.
            HomeTiles {
                id: tiles

                height: root.rowHeight
                model: root.model
                visible: root.home
                width: stage.width - 2 * root.margin
                x: root.margin
                y: stage.height - root.edge - root.rowHeight
            }
            BottomRow {
                height: root.rowHeight
                model: root.model
                visible: !root.home
                width: root.portrait ? stage.width - 2 * root.margin : callButton.width
                x: root.portrait ? root.margin : callButton.x
                y: tiles.y
            }
            SpeakArea {
                label: root.model.labels.speak
                objectName: "speakPage"
                visible: root.model.spoken && !root.pin
                width: head.width
                x: head.x

                onTouched: root.model.speakPage()
            }
        }
        SilentPage {
            anchors.bottom: root.portrait ? callButton.top : parent.bottom
            anchors.top: parent.top
            bed: root.model.bedText
            visible: root.model.silent && !root.model.resting
            width: root.portrait ? stage.width : stage.width - root.sideWidth - 2 * root.margin
            x: root.portrait || !root.model.callLeft ? 0 : root.sideWidth + 2 * root.margin
        }
        RestOverlay {
            anchors.fill: parent
            hint: root.model.silent ? "" : root.model.labels.restHint
            orientation: root.model.orientation
            room: picker
            told: [root.model.kindText, root.model.linkKind === "hub" ? root.model.linkText : "", root.model.wireText].filter(line => line !== "")
            time: root.model.silent ? "" : root.model.timeText
            visible: root.model.resting

            onWoken: root.model.wake()
        }
        // Until something was drawn, whoever woke the screen cannot see what they touch.
        MouseArea {
            anchors.fill: parent
            objectName: "waking"
            visible: root.model.waking
        }
        // Why nothing is shown stands beside the call as well.
        Item {
            id: blocked

            height: picker.height
            visible: !root.model.resting
            width: picker.width
            x: picker.x
        }
        // Who acts is asked beside the call, which stays in reach.
        Item {
            id: picker

            height: root.portrait ? callButton.y - root.gap : stage.height
            width: root.portrait ? stage.width : stage.width - root.sideWidth - 2 * root.margin
            x: root.portrait || !root.model.callLeft ? 0 : root.sideWidth + 2 * root.margin
        }
        CallButton {
            id: callButton

            brief: root.model.call.open ? root.calling && root.model.blockTitle === "" ? "" : root.model.call.brief : root.model.resting ? "" : root.model.testText
            height: root.callHeight
            objectName: "callButton"
            resting: root.model.resting
            text: root.model.call.open ? root.model.labels.again : root.model.labels.call
            visible: root.model.canCall
            width: root.sideWidth
            x: root.portrait || root.model.callLeft ? root.margin : stage.width - root.margin - root.sideWidth
            y: stage.height - root.edge - root.rowHeight - root.gap - callButton.height

            onPlaced: root.model.placeCall()
        }
        NoCall {
            height: callButton.height
            text: root.model.labels.noCall
            visible: !root.model.canCall && !root.model.resting
            width: callButton.width
            x: callButton.x
            y: callButton.y
        }
        SpokenScreen {
            id: spoken

            anchors.fill: parent
            model: root.model
        }
    }
}
