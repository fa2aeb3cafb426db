pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Ward, who acts, census, faults and links, the time. Faults stand before what is well.
Rectangle {
    id: header

    required property StationModel model
    readonly property StationHead head: header.model.head

    signal actorTouched
    signal drillTouched
    signal screensTouched

    color: Theme.header
    height: Theme.portrait ? 2 * Theme.length(80) : Theme.length(84)

    Rectangle {
        anchors.bottom: parent.bottom
        color: Theme.headerLine
        height: Theme.hairline
        visible: Theme.night
        width: parent.width
    }
    TextMetrics {
        id: wardMetrics

        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.bold
        text: header.head.ward
    }
    Column {
        id: place

        anchors.left: parent.left
        anchors.leftMargin: Theme.margin + Theme.grid
        y: (Theme.length(84) - height) / 2

        Label {
            color: Theme.inkOnHeader
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Math.round(0.6 * Theme.sizeHeading)
            objectName: "wardName"
            text: header.head.ward
            width: Math.min(wardMetrics.advanceWidth + 1, Theme.length(360))
        }
        Label {
            color: Theme.inkOnHeader
            font.pixelSize: Theme.sizeSmall
            opacity: 0.85
            text: header.head.shift
            visible: text !== ""
        }
    }
    HeaderButton {
        id: actor

        anchors.left: place.right
        anchors.leftMargin: 2 * Theme.grid
        icon: header.model.actorText === "" ? "account-lock-outline" : "account-check-outline"
        maximum: Theme.length(200)
        objectName: "actor"
        text: header.model.actorText === "" ? qsTr("Sign in") : header.model.actorText
        y: (Theme.length(84) - height) / 2

        onActivated: header.actorTouched()
    }
    HeaderButton {
        id: lock

        anchors.left: actor.right
        anchors.leftMargin: visible ? Theme.grid : 0
        icon: "lock-outline"
        label: qsTr("Lock")
        objectName: "lock"
        visible: header.model.actorText !== ""
        width: visible ? implicitWidth : 0
        y: actor.y

        onActivated: header.model.forgetStaff()
    }
    HeaderButton {
        id: eye

        alarming: header.model.nearHidden
        anchors.left: lock.right
        anchors.leftMargin: Theme.grid
        icon: header.model.nearHidden ? "eye-off" : "eye-outline"
        label: header.model.nearHidden ? qsTr("Show names again") : qsTr("Hide names and sheets")
        maximum: Theme.length(200)
        objectName: "privacyKey"
        text: header.model.nearHidden ? qsTr("Hidden") : ""
        y: actor.y

        onActivated: header.model.turnPrivacyKey()
    }
    Row {
        id: figures

        // What does not fit is at the row's end and least needed.
        readonly property real room: (test.visible ? test.x : Theme.portrait ? header.width - Theme.margin : links.x) - x - Theme.grid

        anchors.left: Theme.portrait ? parent.left : eye.right
        anchors.leftMargin: Theme.portrait ? Theme.margin : 2 * Theme.grid
        height: Theme.length(84)
        y: Theme.portrait ? Theme.length(76) : 0

        Repeater {
            model: header.model.census

            delegate: Item {
                id: figure

                required property string key
                required property string value
                required property string label

                height: figures.height
                objectName: "census-" + figure.key
                opacity: x + width <= figures.room ? 1 : 0
                width: Math.max(number.implicitWidth, label.implicitWidth) + 3.5 * Theme.grid

                Rectangle {
                    color: Theme.headerLine
                    height: Theme.length(48)
                    width: Theme.hairline
                    y: (parent.height - height) / 2
                }
                Label {
                    id: number

                    anchors.bottom: label.top
                    color: Theme.inkOnHeader
                    font.pixelSize: Theme.sizeHeading
                    font.weight: Theme.bold
                    tabular: true
                    text: figure.value
                    x: 2 * Theme.grid
                }
                Label {
                    id: label

                    anchors.bottom: parent.bottom
                    anchors.bottomMargin: Theme.length(9)
                    color: Theme.inkOnHeader
                    font.pixelSize: Theme.sizeSmall
                    opacity: 0.9
                    text: figure.label
                    x: 2 * Theme.grid
                }
            }
        }
    }
    Row {
        id: links

        anchors.right: clock.left
        anchors.rightMargin: 2 * Theme.grid
        height: Theme.length(84)
        spacing: 1.5 * Theme.grid

        HeaderButton {
            alarming: true
            anchors.verticalCenter: parent.verticalCenter
            icon: "monitor-off"
            maximum: Theme.length(400)
            objectName: "screenFaults"
            text: header.head.screens
            visible: text !== ""

            onActivated: header.screensTouched()
        }
        HeaderButton {
            alarming: header.head.hisLate
            anchors.verticalCenter: parent.verticalCenter
            icon: header.head.hisLate ? "cloud-alert" : "cloud-check-variant-outline"
            maximum: Theme.length(460)
            objectName: "hisLink"
            text: header.head.his

            onActivated: header.screensTouched()
        }
    }
    // A test call is marked on every page for as long as it is there; what is wrong is told in full
    // beside it.
    HeaderButton {
        id: test

        icon: "phone-check-outline"
        maximum: Theme.portrait ? Theme.length(320) : Math.max(Theme.touchStaff, Math.min(Theme.length(320), links.x - 4 * Theme.grid - eye.x - eye.width))
        objectName: "drillChip"
        text: header.model.drill.chip
        visible: text !== ""
        x: Theme.portrait ? header.width - Theme.margin - width : links.x - 1.5 * Theme.grid - width
        y: (Theme.length(84) - height) / 2 + (Theme.portrait ? figures.y : 0)

        onActivated: header.drillTouched()
    }
    Label {
        id: clock

        anchors.right: parent.right
        anchors.rightMargin: Theme.margin + Theme.grid / 2
        color: Theme.inkOnHeader
        font.pixelSize: Theme.sizeDisplay
        font.weight: Theme.bold
        height: Theme.length(84)
        objectName: "clock"
        tabular: true
        text: header.model.timeText
    }
}
